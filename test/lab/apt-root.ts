import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.js'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** One line of a sources list: an archive's URL and a suite of it. */
export interface Suite {
  url: string
  suite: string
}

/** `suite` of `url`, in the form of sources.list, checked against Debian's keyring. */
export function sourceLine({ url, suite }: Suite, architecture = 'amd64'): string {
  return `deb [arch=${architecture} signed-by=${keyring}] ${url} ${suite} main`
}

/**
 * An apt of our own in one folder: own sources, lists and cache, so that packages can be fetched from any suite without
 * touching this machine's apt. Only `Acquire::` settings (proxies and the like) come from the machine.
 */
export class AptRoot {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Make the folder and fetch the lists. `status` is the dpkg status that dependencies are solved against: the machine's
   * own to fetch only what it lacks, none (the default) for a machine without a single package.
   */
  static async open(folder: string, suites: Suite[], status?: string, architecture = 'amd64'): Promise<AptRoot> {
    const root = new AptRoot(folder)
    for (const part of ['lists/partial', 'archives/partial', 'parts']) {
      await mkdir(join(folder, part), { recursive: true })
    }
    const acquire = (await run('apt-config', ['dump'])).stdout
      .split('\n')
      .filter((line) => line.startsWith('Acquire::'))
    await writeFile(join(folder, 'parts', '50machine'), `${acquire.join('\n')}\n`)
    await writeFile(join(folder, 'status'), '')
    await writeFile(
      join(folder, 'sources.list'),
      `${suites.map((suite) => sourceLine(suite, architecture)).join('\n')}\n`,
    )
    const settings = {
      'Dir::Etc::Parts': join(folder, 'parts'),
      'Dir::Etc::Main': '/dev/null',
      'Dir::Etc::SourceList': join(folder, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::Etc::Preferences': '/dev/null',
      'Dir::Etc::PreferencesParts': '/dev/null',
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::State::Status': status ?? join(folder, 'status'),
      'Dir::State::Extended_States': join(folder, 'extended_states'),
      'Dir::Cache': folder,
      'Dir::Cache::Archives': join(folder, 'archives'),
      'Dir::Log': folder,
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Sandbox::User': 'root',
      'APT::Install-Recommends': 'false',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`)
    await writeFile(join(folder, 'apt.conf'), `${lines.join('\n')}\n`)
    await root.apt('update', '-qq', '--error-on=any')
    return root
  }

  /** Run apt-get in this root and give back what it printed. */
  async apt(...args: string[]): Promise<string> {
    const env = { ...process.env, APT_CONFIG: join(this.#folder, 'apt.conf'), LC_ALL: 'C.UTF-8' }
    return (await run('apt-get', args, { env, cwd: this.#folder })).stdout
  }

  /** Fetch one package as a suite has it, and give back the path of its file. */
  async download(name: string, suite: string): Promise<string> {
    const folder = join(this.#folder, suite, name)
    await mkdir(folder, { recursive: true })
    await this.apt('download', '-qq', `${name}/${suite}`)
    const found = (await readdir(this.#folder)).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'))
    if (!found) throw new Error(`apt-get download ${name}/${suite} left no file`)
    await rename(join(this.#folder, found), join(folder, found))
    return join(folder, found)
  }

  /** Fetch packages with all dependencies that the status file lacks; gives back the paths of the files. */
  async downloadWithDependencies(args: string[]): Promise<string[]> {
    await this.apt('install', '-qq', '-y', '--download-only', ...args)
    const archives = join(this.#folder, 'archives')
    return (await readdir(archives)).filter((entry) => entry.endsWith('.deb')).map((entry) => join(archives, entry))
  }
}
