/** The style of the report’s page. Colours keep a contrast of 4.5 to their ground, in light and in dark. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f5f7; --line: #d5d9e0; --text: #1b1f27; --quiet: #545c6b; --link: #0b55c4;
  --failed: #b3181f; --stopped: #8a4b00; --good: #166b34; --same: #4b5565; --added: #0f5f2b; --removed: #a3131a;
  --connect: #6b7280; --facts: #0e7490; --probe: #7e3fb8; --inspect: #2563c9; --apply: #15803d; --reboot: #b45309;
  --look: #4f46c8; --trials: #b4237a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --raised: #1e2127; --line: #383d47; --text: #e7e9ee; --quiet: #a9b0bd; --link: #8ab8ff;
    --failed: #ff8a8a; --stopped: #f5b761; --good: #6fd391; --same: #b6bdca; --added: #7fd99b; --removed: #ff9b9b;
    --connect: #8b93a3; --facts: #2fb3d1; --probe: #b98be8; --inspect: #6aa0f8; --apply: #3fbf6b; --reboot: #e79a3c;
    --look: #938cf5; --trials: #ee6fb5;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, sans-serif; background: var(--ground); color: var(--text); scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2rem) 4rem; max-width: 76rem; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: clamp(1.4rem, 4.5vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
h4 { font-size: .9rem; margin: .9rem 0 .25rem; color: var(--quiet); }
p { margin: .25rem 0; }
code, pre { font: .85em/1.45 ui-monospace, Menlo, Consolas, monospace; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .75rem; overflow: auto;
  max-height: 26rem; white-space: pre; overflow-wrap: normal; margin: .4rem 0; }
ul, ol { margin: .25rem 0; padding-left: 1.4rem; }
summary { cursor: pointer; padding: .2rem 0; }
summary h3 { display: inline; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand { color: var(--quiet); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .25rem 2rem; margin: 0; }
.facts div { display: flex; gap: .6rem; }
.facts div:first-child { grid-column: 1 / -1; }
.facts dt { color: var(--quiet); flex: 0 0 6rem; }
.facts dd { margin: 0; min-width: 0; }
.problems { margin-top: 1rem; padding: .5rem .9rem; border: 1px solid var(--stopped); border-radius: 6px; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; padding: .6rem 0; margin: 1rem 0 0; }
.badge { font-weight: 600; white-space: nowrap; }
.badge.o-failed, .sign.o-failed, .tile.o-failed .sign { color: var(--failed); }
.badge.o-interrupted, .badge.o-unknown, .badge.o-not-reached, .badge.o-reboot-due, .badge.o-declined, .sign.o-interrupted,
.sign.o-unknown, .sign.o-not-reached, .sign.o-reboot-due, .sign.o-declined, .tile.o-interrupted .sign, .tile.o-unknown .sign,
.tile.o-not-reached .sign, .tile.o-reboot-due .sign, .tile.o-declined .sign { color: var(--stopped); }
.badge.o-changed, .sign.o-changed, .tile.o-changed .sign { color: var(--good); }
.badge.o-unchanged, .sign.o-unchanged, .tile.o-unchanged .sign { color: var(--same); }
.groups { list-style: none; padding: 0; display: grid; gap: .6rem; }
.group, article, .host { background: var(--raised); border: 1px solid var(--line); border-left: 5px solid var(--same);
  border-radius: 6px; padding: .6rem .9rem; margin: 0 0 .6rem; }
.group { margin: 0; }
article pre, .host pre { background: var(--ground); }
.group.o-failed { border-left-color: var(--failed); }
.group.o-changed { border-left-color: var(--good); }
.group.o-interrupted, .group.o-unknown, .group.o-not-reached, .group.o-reboot-due, .group.o-declined { border-left-color: var(--stopped); }
.host { border-left-width: 1px; padding: .3rem .9rem; margin-bottom: .3rem; }
.host .inside { padding: .25rem 0 .6rem; }
.cause::first-letter { text-transform: uppercase; }
.label { color: var(--quiet); font-weight: 600; }
.why { color: var(--quiet); font-weight: 400; }
.names { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; list-style: none; padding: 0; margin-bottom: .6rem; font-size: .9rem; }
.legend i { display: inline-block; width: .9em; height: .9em; border-radius: 2px; vertical-align: -.1em; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.5rem), 1fr)); gap: .35rem; list-style: none; padding: 0; }
.tile { display: flex; gap: .45rem; align-items: baseline; background: var(--raised); border: 1px solid var(--line); border-radius: 5px;
  padding: .3rem .55rem; color: var(--text); text-decoration: none; position: relative; }
.tile:hover { text-decoration: underline; }
.tile.o-failed { border-color: var(--failed); }
.tile .sign { font-weight: 700; flex: 0 0 1em; text-align: center; }
.tile .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.timeline { list-style: none; padding: 0; font-size: .9rem; }
.timeline li, .axis { display: grid; grid-template-columns: 13rem 1fr 6rem; gap: .75rem; align-items: center; padding: .1rem 0; }
.axis { font-size: .85rem; color: var(--quiet); margin: 0; }
.axis { grid-template-columns: 13rem auto 1fr 6rem; }
.axis span:first-child { grid-column: 2; }
.axis span:last-child { grid-column: 3; text-align: right; }
.timeline .who { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.timeline .sign { display: inline-block; width: 1.3em; font-weight: 700; }
.timeline .took { text-align: right; color: var(--quiet); white-space: nowrap; }
.bar { position: relative; display: block; height: .95rem; background: var(--raised); border: 1px solid var(--line); border-radius: 3px; overflow: hidden; }
.bar i { position: absolute; top: 0; bottom: 0; min-width: 2px; }
.p-connect { background: var(--connect); } .p-facts { background: var(--facts); } .p-probe { background: var(--probe); }
.p-inspect { background: var(--inspect); } .p-apply { background: var(--apply); } .p-reboot { background: var(--reboot); }
.p-look-again { background: var(--look); } .p-trials { background: var(--trials); }
.diff ins { color: var(--added); text-decoration: none; }
.diff del { color: var(--removed); text-decoration: none; }
.diff .meta { color: var(--quiet); }
.changes > li { margin: .5rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 40rem; }
caption { text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
th[scope="row"] { font-weight: 600; }
.packages { list-style: none; padding: 0; margin: 0; min-width: 17rem; }
footer { margin-top: 3rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 42rem) {
  .timeline li { grid-template-columns: 1fr auto; gap: 0 .75rem; padding: .25rem 0; }
  .timeline .bar { grid-column: 1 / -1; grid-row: 2; }
  .axis { grid-template-columns: auto 1fr; }
  .axis span:first-child { grid-column: 1; }
  .axis span:last-child { grid-column: 2; }
  .facts div { flex-wrap: wrap; gap: 0 .6rem; }
}
@media print { nav, .skip { display: none; } pre { max-height: none; white-space: pre-wrap; } }
`
