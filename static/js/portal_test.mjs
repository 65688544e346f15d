// Run by static/script_test.go, with the library and the page stood in for.
import assert from 'node:assert/strict'

globalThis.addEventListener = () => {}
globalThis.document = { body: { dataset: {} }, querySelectorAll: () => [], querySelector: () => null, addEventListener: () => {} }
const { timeLeft, crossed } = await import('./portal.js')

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
