import type { LookAnswer } from '../answer.js'

/** Lines of a service's journal that complain; what it says by the way (level=info) is left out. */
export function complaints(answer: LookAnswer, unit: string): string[] {
  return answer
    .all('journal')
    .filter((line) => line.startsWith(`${unit} `))
    .map((line) => line.slice(unit.length + 1))
    .filter((line) => !/\blevel=(info|debug)\b/.test(line))
    .filter((line) =>
      /\blevel=(error|fatal|warning)\b|fail|unable|error|panic|cannot|could not|repeated too quickly|no space|denied/i.test(
        line,
      ),
    )
}
