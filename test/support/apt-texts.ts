import type { SourceTexts } from './apt-oracle.js'

/** Texts of apt's sources, put together by a seed from parts that are met in the wild; about half of them apt refuses. */
export function generated(seed: number, count: number): SourceTexts[] {
  let state = seed
  // xorshift32: the same seed gives the same texts.
  const random = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const any = <T>(...of: readonly T[]): T => of[random(of.length)]!
  const seldom = <T>(usual: T, ...of: readonly T[]): T => (random(7) === 0 ? any(...of) : usual)

  const site = () =>
    seldom(
      any('https://download.docker.com/linux/debian', 'http://deb.example/debian'),
      'http://download.docker.com/linux/debian/',
      'https://u:p@download.docker.com/linux/debian',
      'tor+http://deb.example/debian',
      'http://deb.example//debian',
      'http://deb.example/$(ARCH)',
      'file:///srv/debian',
      'cdrom:[Debian 12]/',
      'mirror+file:/etc/apt/mirrors.list',
      'deb.example',
      '"http://deb.example/debian"',
      'http://deb.example/a%20b',
      '#',
    )
  const suite = () => seldom('bookworm', 'trixie', './', '/', '$(ARCH)/', 'a-$(ARCH)', '#', '"bookworm"', '\\')
  const component = () => seldom('main', 'stable', 'contrib non-free', '', '# main', 'main # x', '"main"')
  const key = () =>
    seldom(any('/a.gpg', '/b.gpg'), '/a.gpg,/b.gpg', 'a.gpg', '9DC858229FC7DD38854AE2D88D81803C0EBFCD88', '/a#b.gpg')
  const option = () =>
    seldom(
      `signed-by=${key()}`,
      'arch=amd64',
      'arch=amd64,arm64',
      'trusted=yes',
      'trusted=no',
      'allow-insecure=yes',
      'check-valid-until=no',
      'arch+=arm64',
      'by-hash=no',
      'lang=de',
      'arch=',
      '=x',
      'amd64',
      'a',
      'signed-by= /a.gpg',
      'Signed-By=x',
    )
  const options = () =>
    seldom(
      '',
      `[${option()}] `,
      `[ ${option()} ${option()} ] `,
      `[${option()} ${option()}]`,
      `[${option()} `,
      `[${option()}] `,
      '[] ',
      '[#] ',
    )
  const gap = () => seldom(' ', '\t', '   ', '\u00a0')
  const line = () =>
    seldom(
      `${seldom('deb', 'deb-src', ' deb', 'rpm', '\tdeb', 'Deb')}${gap()}${options()}${site()}${gap()}${suite()}${gap()}${component()}`,
      '',
      '# a remark',
      '<html>',
      '  bookworm main',
      'Types: deb',
    )
  const ends = () => seldom('\n', '\r\n')
  const list = () => {
    const end = ends()
    return Array.from({ length: 1 + random(3) }, () => `${line()}${seldom('', ' # x', ' ')}${end}`).join('')
  }

  const values = (value: () => string) => {
    const all = Array.from({ length: seldom(1, 2, 3) }, value)
    return seldom(
      ` ${all.join(' ')}`,
      `\n ${all.join('\n ')}`,
      `\n\t${all.join('\n\t')}`,
      all.join(' '),
      ` ${all.join('\n# x\n ')}`,
      ` ${all.join('  ')} `,
      '',
    )
  }
  const field = (name: string, value: string) =>
    `${seldom(name, name.toLowerCase(), `${name} `, ` ${name}`)}:${value}\n`
  const armored = (more: string) =>
    `\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB${more}\n -----END PGP PUBLIC KEY BLOCK-----`
  const stanza = () => {
    const fields = [
      field(
        'Types',
        values(() => seldom('deb', 'deb-src', 'rpm')),
      ),
      field('URIs', values(site)),
      field('Suites', values(suite)),
      seldom(field('Components', values(component)), ''),
      seldom('', field('Signed-By', seldom(` ${key()}`, armored('x'), armored('y'), '', ' /a.gpg /b.gpg'))),
      seldom('', field('Enabled', any(' no', ' yes', ' false', '', ' 0', '\n no', ' no # x'))),
      seldom(
        '',
        field(any('Architectures', 'Architectures-Add'), ' amd64 arm64'),
        field('Trusted', any(' yes', ' no', ' x')),
      ),
    ]
    if (random(6) === 0) fields.reverse()
    if (random(8) === 0) fields.splice(random(6), 1)
    if (random(8) === 0)
      fields.splice(random(6), 0, any('# x\n', 'hello\n', ' \n', `deb ${site()} bookworm main\n`, 'X-Y: z\n'))
    return fields.join('')
  }
  const sources = () => {
    const text = Array.from({ length: seldom(1, 2, 3) }, () => seldom(stanza(), '# x\n', '<html>\n', line())).join(
      seldom('\n', '\n\n\n', ' \n', '#\n', '\n \n'),
    )
    return seldom(text, text.replaceAll('\n', '\r\n'), text.trimEnd(), `\n${text}`)
  }

  return Array.from({ length: count }, () => {
    const texts: Record<string, string> = {}
    const files = seldom(1, 2, 3)
    for (let index = 0; index < files; index++)
      if (random(2) === 0) texts[seldom(`${index}.list`, 'sources.list')] = list()
      else texts[`${index}.sources`] = sources()
    return texts
  })
}
