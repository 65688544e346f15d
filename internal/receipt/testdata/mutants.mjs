// Reads a bundle and a list of whom to trust, makes the same mutants as
// receipt_test.go, and prints how many there were and which were accepted.
import { readFileSync } from 'node:fs'
import { verify } from '../verify.mjs'

const [bundle, list, step] = process.argv.slice(2)
const genuine = readFileSync(bundle)
const trust = JSON.parse(readFileSync(list))
verify(genuine, trust)
let made = 0
const accepted = []
function attempt (what, mutant) {
  if (mutant.equals(genuine)) return
  made++
  try {
    verify(mutant, trust)
    accepted.push(what)
  } catch {}
}
const insertions = [' ', '\n', 'A', '0', '"', '\\', '='].map((c) => Buffer.from(c))
for (let i = 0; i < genuine.length; i += Number(step)) {
  for (let bit = 0; bit < 8; bit++) {
    const m = Buffer.from(genuine)
    m[i] ^= 1 << bit
    attempt(`bit ${bit} of byte ${i}`, m)
  }
  for (const c of 'AZaz059+/-_') {
    const m = Buffer.from(genuine)
    m[i] = c.charCodeAt(0)
    attempt(`${c} for byte ${i}`, m)
  }
  attempt(`without byte ${i}`, Buffer.concat([genuine.subarray(0, i), genuine.subarray(i + 1)]))
  attempt(`cut at ${i}`, genuine.subarray(0, i))
  for (const c of insertions) attempt(`${c} before byte ${i}`, Buffer.concat([genuine.subarray(0, i), c, genuine.subarray(i)]))
  if (i > 0) {
    const m = Buffer.from(genuine)
    ;[m[i - 1], m[i]] = [m[i], m[i - 1]]
    attempt(`bytes ${i - 1} and ${i} swapped`, m)
  }
}
console.log(JSON.stringify({ made, accepted: accepted.slice(0, 10) }))
