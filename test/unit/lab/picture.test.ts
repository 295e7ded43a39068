import { expect, test } from 'vitest'
import { movingPictureOf, pictureOf, runsOf } from '../../lab/support/picture.js'

test('runs know their column and look, and a style goes on in the next line until it ends', () => {
  const [first, second] = runsOf(['a\x1b[1;32m bc', 'd\x1b[0m漢e\x1b[7mf'])
  expect(first).toEqual([
    { column: 0, text: 'a' },
    { column: 1, text: ' bc', bold: true, colour: '#8ccf7e' },
  ])
  expect(second).toMatchObject([
    { column: 0, text: 'd', bold: true, colour: '#8ccf7e' },
    { column: 1, text: '漢e', bold: false, colour: undefined },
    { column: 4, text: 'f', turned: true },
  ])
})

test.each([
  ['38;5;196', 'rgb(255,0,0)'],
  ['38;5;244', 'rgb(128,128,128)'],
  ['38;5;2', '#8ccf7e'],
  ['38;2;1;2;3', 'rgb(1,2,3)'],
  ['96', '#6cbfbf'],
])('the colour %s', (code, colour) => {
  expect(runsOf([`\x1b[${code}mx`])[0]).toMatchObject([{ colour }])
})

test('a known screen as a drawing', () => {
  const screen = ['\x1b[1mfitout\x1b[0m <plan> & more', '', '  \x1b[2mdim\x1b[22m \x1b[7m on \x1b[27m', '', '   ']
  expect(pictureOf(screen, { title: 'A “plan” & more' })).toMatchInlineSnapshot(`
    "<svg xmlns="http://www.w3.org/2000/svg" width="204" height="93" viewBox="0 0 204 93" role="img">
    <title>A “plan” &amp; more</title>
    <style>text{white-space:pre}</style>
    <rect width="100%" height="100%" rx="8" fill="#1b1f27"/>
    <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d6dae2">
    <text y="32"><tspan x="18.0" font-weight="bold">fitout</tspan><tspan x="76.8">&lt;plan&gt; &amp; more</tspan></text>
    <rect x="68.4" y="56" width="33.6" height="19" fill="#d6dae2"/><text y="70"><tspan x="34.8" opacity="0.6">dim</tspan><tspan x="76.8" fill="#1b1f27">on</tspan></text>
    </g>
    </svg>
    "
  `)
})

test('columns and rows can be those of a whole terminal', () => {
  expect(pictureOf(['x'], { title: 't', columns: 80, rows: 24 })).toContain('width="708" height="492"')
})

test('a moving picture shows one screen after the other, and the last where nothing may move', () => {
  const frames = [
    { screen: ['one'], stays: 500 },
    { screen: ['two', 'lines'], stays: 1500 },
  ]
  const text = movingPictureOf(frames, { title: 't' })
  expect(text).toContain('@keyframes f0{0.000%{visibility:visible}25.000%{visibility:hidden}}')
  expect(text).toContain('@keyframes f1{0%{visibility:hidden}25.000%{visibility:visible}}')
  expect(text).toContain('.f{visibility:hidden}.f1{visibility:visible}')
  expect(text).toMatch(/prefers-reduced-motion:no-preference\)\{\.f0\{animation:f0 2000ms/)
  expect(text.match(/<g class=/g)).toHaveLength(2)
  expect(text).toContain('height="74"')
})
