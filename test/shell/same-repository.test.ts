// The question to a repository and the run that follows it see the same sources: entries for that repository, in whatever spelling, are left out of both.
import { describe, expect, it } from 'vitest'
import { sameDockerRepository } from '../../recipes/docker/repository.js'
import addressFunctions from '../../src/packages/address.sh'
import { aptProbeSnippet } from '../../src/packages/apt-probe.js'
import { withoutRepository } from '../../src/packages/apt-sources/edit.js'
import { dnfProbeSnippet } from '../../src/packages/dnf-probe.js'
import { aptRepository } from '../../src/resource/apt-repository.js'
import type { SeenFile } from '../../src/resource/content.js'
import { dnfRepository, withoutSections } from '../../src/resource/dnf-repository.js'
import { dockerRepository, dockerRpmRepository } from '../support/docker-repository.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askIn, shells } from '../support/shells.js'

const same = sameDockerRepository(undefined)
const key = 'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n https://download.docker.com/linux/debian\n'
const debian = 'Types: deb\nURIs: http://deb.example/debian\nSuites: x\nComponents: main\n'

const apt: Record<string, string> = {
  '/etc/apt/sources.list': [
    'deb http://deb.example/debian x main # https://download.docker.com/linux/debian',
    'deb [trusted=yes] https://download.docker.com:443/linux/debian x stable',
    '  deb-src [arch=amd64]https://Download.Docker.com/linux/debian x stable',
    'deb\thttps://x@download.docker.com./linux/debian x stable',
    'deb https://download.docker.com//linux/debian x stable',
    'deb "https://download.docker.com/%6cinux/debian" x stable',
    '# deb https://download.docker.com/linux/debian x stable',
    'deb https://mirror.example/download.docker.com/linux/debian x stable',
    '',
  ].join('\n'),
  '/etc/apt/sources.list.d/a.sources': `# https://download.docker.com/linux/debian\n${debian}\n${debian.replace('http://deb.example', 'tor+https://download.docker.com:443/linux')}Trusted: yes\n`,
  '/etc/apt/sources.list.d/b.sources': `${debian.replace('http://deb.example/debian', '\n http://deb.example/debian\n# https://download.docker.com/linux/debian\n https://DOWNLOAD.docker.com/linux/debian http://other.example/x')}${key}`,
  '/etc/apt/sources.list.d/c.sources': `${debian.replace('URIs: http://deb.example/debian', 'uris:\n# a remark\n https://u:p@download.docker.com/linux/debian')}${key}\n${debian}${key}`,
  '/etc/apt/sources.list.d/d.list': 'deb mirror+https://download.docker.com/linux/debian x stable\n',
  '/etc/apt/sources.list.d/e.list': 'deb http://deb.example/debian x main\n',
}
const dnf: Record<string, string> = {
  '/etc/yum.repos.d/a.repo':
    '# https://download.docker.com/linux/\n[one]\nname=https://download.docker.com/linux/\nbaseurl=http://a.example/\n # https://download.docker.com/linux/\n[two]\nbaseurl=http://a.example/,\n# a remark\n  HTTPS://x@Download.docker.com.:443//linux/rhel/9\ngpgcheck=0\n[three]\nbaseurl=http://c.example/\n',
  '/etc/yum.repos.d/b.repo': `[${dockerRpmRepository.id}]\nbaseurl=http://other.example/\n`,
  '/etc/distro.repos.d/c.repo':
    '[four]\nmetalink = https://download.docker.com:443/linux/m\n[five]\nmirrorlist=http://m.example/?x=https\n',
  '/usr/share/dnf5/repos.d/d.repo':
    '[six]\nmirrorlist=https://download%2edocker.com/linux/m\ngpgcheck=0\n[seven]\nbaseurl=http://g.example/\n',
  '/etc/yum.repos.d/e.repo': '[eight]\nbaseurl=http://deb.example/\n',
}

/** What of a file says something: entries of it, without remarks and empty lines. */
const entriesOf = (text: string | undefined) =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '))
    .filter((line) => line !== '' && !line.startsWith('#'))
    // Addresses may go on over lines.
    .join('\n')
    .replace(/^uris:\s*/gim, 'URIs: ')
    .replace(/\n(?=https?:)/g, ' ')

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no source was looked at')

describe.runIf(canBePrivate).each(shells)(
  'sources of the same repository, in $name',
  { timeout: 60_000 },
  ({ command }) => {
    const given = (files: Record<string, string>) =>
      [
        // Where dnf has files, and apt its tables.
        files === apt ? '' : '[ ! -d /usr/share ] || mount -t tmpfs tmpfs /usr/share',
        'root=/run/asked\nmkdir -p $root',
        ...Object.entries(files).map(
          ([path, text]) => `mkdir -p ${path.replace(/\/[^/]*$/, '')}\ncat >${path} <<'E'\n${text}E\n`,
        ),
        '',
      ].join('\n')
    /** The files that the question makes, of the host's. */
    const asked = (
      files: Record<string, string>,
      snippet: string,
      begin: string,
      end: string,
      copyOf: (path: string) => string,
    ) => {
      const own = snippet.slice(snippet.indexOf(begin))
      const head = snippet.slice(0, snippet.indexOf('# A folder for one question'))
      const script = `${given(files)}${head}${addressFunctions}
${own.slice(0, own.indexOf(end))}
for path in ${Object.keys(files).map(copyOf).join(' ')}; do echo "@copy $path"; if [ -f "$path" ]; then cat "$path"; fi; done`
      const { text, stderr, failed } = askIn(command, script, { under: privately })
      expect(failed, stderr).toEqual([])
      const copies = new Map(
        text
          .split(/^@copy /m)
          .slice(1)
          .map((part) => [part.split('\n')[0]!, part.slice(part.indexOf('\n') + 1)]),
      )
      return Object.keys(files).map((path) => entriesOf(copies.get(copyOf(path))))
    }
    /** Files that the resource looks at. */
    const lookedAt = (files: Record<string, string>, inspect: string, read: (text: string) => SeenFile[]) => {
      const { text, failed } = askIn(command, `${given(files)}${inspect.replace('ask 0 rpm', ': ask 0 rpm')}`, {
        under: privately,
      })
      expect(failed).toEqual([])
      return read(text).flatMap((file) => (file.sum === 'absent' ? [] : [file]))
    }

    it('of apt', () => {
      const resource = aptRepository(dockerRepository)
      const seen = lookedAt(apt, resource.inspect, (text) => resource.read({ text, code: 0 }) as SeenFile[])
      // A file with nothing to do with it is not fetched.
      expect(seen.map(({ path }) => path).sort()).toEqual(Object.keys(apt).filter((path) => !path.endsWith('/e.list')))
      for (const { path, text } of seen) expect(text).toBe(apt[path])
      const left = Object.entries(apt).map(([path, text]) =>
        entriesOf(withoutRepository({ path, text }, same, 'amd64')),
      )
      expect(left.join('\n').match(/^(deb|URIs).*docker.*$/gim)).toEqual([
        'deb http://deb.example/debian x main # https://download.docker.com/linux/debian',
        'deb https://mirror.example/download.docker.com/linux/debian x stable',
      ])
      const snippet = aptProbeSnippet({ sameRepository: same, versionsOf: [], simulate: [] })
      const copyOf = (path: string) =>
        path.endsWith('/sources.list')
          ? '/run/asked/sources.list'
          : path.replace('/etc/apt/sources.list.d', '/run/asked/sources.d')
      expect(asked(apt, snippet, '# Asks package', '\nfor list in', copyOf)).toEqual(left)
    })

    it('of dnf', () => {
      const resource = dnfRepository({ ...dockerRpmRepository, title: 'Docker', same })
      const seen = lookedAt(
        dnf,
        resource.inspect,
        (text) => (resource.read({ text, code: 0 }) as { files: SeenFile[] }).files,
      )
      expect(seen.map(({ path }) => path).sort()).toEqual(
        Object.keys(dnf)
          .filter((path) => !path.endsWith('/e.repo'))
          .sort(),
      )
      const left = Object.values(dnf).map((text) => entriesOf(withoutSections(text, same, dockerRpmRepository.id)))
      expect(left.join('\n').match(/\[\w+\]/g)).toEqual(['[one]', '[three]', '[five]', '[seven]', '[eight]'])
      const snippet = dnfProbeSnippet({
        manager: 'dnf',
        major: 5,
        arch: 'amd64',
        repository: dockerRpmRepository,
        sameRepository: same,
        versionsOf: [],
        simulate: [],
      })
      const copyOf = (path: string) => path.replace(/^.*\//, '/run/asked/repos.d/')
      expect(asked(dnf, snippet, '# Asks dnf', '\n# What the host has fetched', copyOf)).toEqual(left)
    })
  },
)
