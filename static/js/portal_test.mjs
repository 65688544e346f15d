// Run by static/script_test.go, with the library and the page stood in for.
import assert from 'node:assert/strict'

globalThis.addEventListener = () => {}
globalThis.document = { body: { dataset: {} }, querySelectorAll: () => [], querySelector: () => null, addEventListener: () => {} }
const { timeLeft, crossed, more, followWall } = await import('./portal.js')

const minute = 60
const hour = 3600
for (const [seconds, words] of [
  [48 * hour, '48 hours left'],
  [30 * hour + 59 * minute, '30 hours left'],
  [24 * hour + 59 * minute, '24 hours left'],
  [24 * hour, '24 hours left'],
  [24 * hour - 1, '23 hours 59 minutes left'],
  [7 * hour + 19 * minute + 59, '7 hours 19 minutes left'],
  [2 * hour, '2 hours left'],
  [hour + minute, '1 hour 1 minute left'],
  [hour, '1 hour left'],
  [hour - 1, '59 minutes left'],
  [minute, '1 minute left'],
  [minute - 1, 'less than 1 minute left'],
  [0, 'less than 1 minute late'],
  [-59, 'less than 1 minute late'],
  [-60, '1 minute late'],
  [-hour, '1 hour late'],
  [-6 * hour + 1, '5 hours late'],
]) assert.equal(timeLeft(seconds), words, `${seconds} seconds`)

assert.equal(crossed(24 * hour + 10, 24 * hour - 20), 24 * hour)
assert.equal(crossed(24 * hour, 24 * hour - 30), undefined, 'each moment is spoken once')
assert.equal(crossed(30 * hour, hour - 1), hour, 'after a sleep only the nearest moment is spoken')
assert.equal(crossed(5, -25), 0)
assert.equal(crossed(-1, -31), undefined)
console.log('clock words hold')

assert.equal(more(174, 206, 171), '3 more trusts have acknowledged. 174 of 206.')
assert.equal(more(1062, 1100, 1061), '1 more trust has acknowledged. 1,062 of 1,100.')

// A wall on a clock of the test's: timers run when their time has come.
let now = 0
let timers = []
Date.now = () => now
globalThis.setTimeout = (run, after) => (timers.push({ run, at: now + after }), timers.at(-1))
globalThis.clearTimeout = (timer) => { timers = timers.filter((t) => t !== timer) }
const passes = (ms) => {
  for (const end = now + ms; ;) {
    const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0]
    if (!next) return (now = end)
    now = next.at
    clearTimeout(next)
    next.run()
  }
}
const element = (textContent, dataset = {}) => {
  const on = {}
  return { textContent, dataset, attributes: {}, writes: 0, on, classList: { remove() {}, add() { this.flashed = true } },
    addEventListener: (name, run) => { on[name] = run }, setAttribute(name, value) { this.attributes[name] = value }, click() { on.click() } }
}
const parts = { word: element('As at 9:41am.', { at: '9:41am' }), refresh: element('Refresh this page'), pause: element('Pause updates'), voice: element(''), 'live="count"': element('171') }
const bars = [element(''), element(''), element('')]
const tag = element('Delivered')
const last = element('Nothing yet')
parts['row="ZZ1"'] = { querySelector: (what) => (what === '.nhsuk-tag' ? tag : last) }
const wall = { dataset: { number: '171', asked: '206', stream: '/alerts/1/wall/stream?since=a' }, querySelector: (name) => parts[name.slice(6, -1)] ?? null, querySelectorAll: () => bars }
const sources = []
class Source {
  constructor(from) { this.from = from; this.on = {}; sources.push(this) }
  addEventListener(name, run) { this.on[name] = (data) => this.closed || run({ data }) }
  close() { this.closed = true }
}
followWall(wall, Source)
const update = (n, id, more = {}) => sources.at(-1).on.wall(JSON.stringify({ id, at: '9:42am', n, words: { count: String(n) }, bars: {}, rows: {}, ...more }))
assert.equal(parts.word.textContent, 'Live. Updated 9:41am.')
assert.equal(parts.refresh.hidden, true)
update(172, 'b', { bars: { all: '0 1 2 3 4 5' }, rows: { ZZ1: ['Acknowledged', 'nhsuk-tag nhsuk-tag--blue', 'Acknowledged at 9:42am'], ZZ9: ['', '', ''] } })
passes(0)
assert.equal(parts['live="count"'].textContent, '172', 'the first change is shown at once')
assert.deepEqual(bars.map((b) => [b.attributes.x, b.attributes.width]), [['0', '1'], ['2', '3'], ['4', '5']])
assert.deepEqual([tag.textContent, tag.className, last.textContent], ['Acknowledged', 'nhsuk-tag nhsuk-tag--blue', 'Acknowledged at 9:42am'])
assert.equal(parts.voice.textContent, '1 more trust has acknowledged. 172 of 206.')
update(173, 'c')
update(175, 'd')
passes(4999)
assert.equal(parts['live="count"'].textContent, '172', 'no second change within 5 seconds')
passes(1)
assert.equal(parts['live="count"'].textContent, '175')
passes(54_999)
assert.equal(parts.voice.textContent, '1 more trust has acknowledged. 172 of 206.', 'no second word within a minute')
passes(1)
assert.equal(parts.voice.textContent, '3 more trusts have acknowledged. 175 of 206.')
assert.equal(parts.word.textContent, 'Not live since 9:42am.', 'after 30 seconds of silence')
assert.equal(parts.refresh.hidden, false)
sources.at(-1).on.beat('9:44am')
assert.equal(parts.word.textContent, 'Live. Updated 9:44am.')
update(176, 'e')
passes(0)
update(177, 'f')
parts.pause.click()
assert.deepEqual([parts.word.textContent, parts.pause.textContent, sources.at(-1).closed], ['Paused. Updated 9:42am.', 'Start updates', true])
passes(120_000)
assert.equal(parts['live="count"'].textContent, '176', 'a paused wall stands still')
assert.equal(parts.word.textContent, 'Paused. Updated 9:42am.', 'and does not call itself dead')
parts.pause.click()
assert.deepEqual([sources.length, sources.at(-1).from], [2, '/alerts/1/wall/stream?since=e'], 'it asks for what it does not show')
update(177, 'f')
passes(0)
assert.equal(parts['live="count"'].textContent, '177')
console.log('the wall holds')
