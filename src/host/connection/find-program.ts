import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a program of this machine, as a shell finds it; `undefined` where no folder of the search path has it. */
export function findProgram(name: string, path = process.env.PATH ?? process.env.Path ?? ''): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find((file) => isAccessible(file, constants.X_OK))
}

/** @param mode `R_OK` or `X_OK` */
export function isAccessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}
