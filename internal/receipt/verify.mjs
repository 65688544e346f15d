// Verifies a proof bundle with nothing but the standard cryptography of Node.
// It shares no code with the program: two verifiers that were written apart
// must agree. What is checked, and in which form, is in docs/attestation.md.
//
//   node verify.mjs BUNDLE [TRUST]      says what holds; ends with 0 when it is proven, 1 when not

import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const hex = (text) => sha256(text).toString('hex')
const pieces = (...list) => Buffer.concat(list.flatMap((p) => [Buffer.from(`${Buffer.byteLength(p)}:`), Buffer.from(p), Buffer.from(',')]))

function must (holds, what) {
  if (!holds) throw new Error(what)
}

// Base64 in the one way to write its bytes.
function base64 (text) {
  const bytes = Buffer.from(text, 'base64')
  must(bytes.toString('base64') === text, 'base64 is not written as it should be')
  return bytes
}

function linesOf (text, mark, names) {
  const lines = text.split('\n')
  must(lines.length === names.length + 2 && lines[0] === mark && lines.at(-1) === '', `this is not "${mark}"`)
  const out = {}
  names.forEach((name, i) => {
    must(lines[i + 1].startsWith(name + ': '), `the line of ${name} is missing`)
    out[name] = lines[i + 1].slice(name.length + 2)
    must(mark.includes(' act ') || plain(out[name]), `the line of ${name} hides something`)
  })
  return out
}

// Text in which nothing looks different from what it is.
const plain = (text) => !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) && !/(?! )\p{Zs}/u.test(text)

const members = ['document', 'record', 'token', 'key_set', 'opening', 'salt', 'proof', 'signers']

function parse (file) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file)
  const { format, co_signatures: beside, ...b } = JSON.parse(text)
  must(format === 'countersign bundle 1', 'this is not a proof bundle')
  must(beside === undefined || (Array.isArray(beside) && beside.length > 0), 'a list that is empty is left out')
  for (const s of [b, ...beside ?? []]) {
    must(JSON.stringify(Object.keys(s)) === JSON.stringify(members), 'this is not a proof bundle')
    must(members.slice(0, -1).every((m) => typeof s[m] === 'string') && Array.isArray(s.signers) && s.signers.every((k) => typeof k === 'string'), 'a member is of the wrong kind')
  }
  must(JSON.stringify({ format, ...b, co_signatures: beside }, null, 2) + '\n' === text, 'the file is not written as it should be')
  return { ...b, beside: beside ?? [] }
}

function microseconds (text) {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/.exec(text)
  const at = found && Date.parse(found[1] + 'Z')
  must(found && Number.isFinite(at), `${text} is not a moment`)
  return at * 1000 + Number(found[2])
}

function tokenKey (header, keys) {
  return keys.filter((k) => header.kid === undefined || header.kid === '' || k.kid === header.kid)
}

const ways = {
  RS256: { hash: 'sha256' }, RS384: { hash: 'sha384' }, RS512: { hash: 'sha512' },
  PS256: { hash: 'sha256', padding: 6, saltLength: 32 }, PS384: { hash: 'sha384', padding: 6, saltLength: 48 }, PS512: { hash: 'sha512', padding: 6, saltLength: 64 },
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' }, ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' }, ES512: { hash: 'sha512', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: null }
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

function thumbprint (jwk) {
  const of = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] }[jwk.kty]
  return createHash('sha256').update(JSON.stringify(Object.fromEntries(of.map((m) => [m, jwk[m]])))).digest('base64url')
}

// The provider's own signature, over a nonce that commits to the document.
function provider (b, r) {
  const keySet = base64(b.key_set)
  must(hex(keySet) === r.keys && hex(b.token) === r.token, 'token or keys are not those of the signature')
  const [head, body, signature, more] = b.token.split('.')
  must(signature !== undefined && more === undefined, 'the token is not signed')
  const header = JSON.parse(Buffer.from(head, 'base64url'))
  const way = Object.hasOwn(ways, header.alg) && ways[header.alg]
  must(way, 'the token is signed in a way that is not accepted')
  const keys = JSON.parse(keySet).keys
  must(keys.length <= 50, 'there are more keys than a provider has')
  for (const jwk of tokenKey(header, keys)) {
    if (jwk.kty !== { R: 'RSA', P: 'RSA', E: header.alg === 'EdDSA' ? 'OKP' : 'EC' }[header.alg[0]] || (jwk.kty === 'EC' && jwk.crv !== curves[header.alg])) continue
    const { hash, ...how } = way
    const good = verifySignature(hash, Buffer.from(`${head}.${body}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), ...how }, Buffer.from(signature, 'base64url'))
    if (!good) continue
    const c = JSON.parse(Buffer.from(body, 'base64url'))
    const nonce = sha256(pieces('countersign step-up 1', r.salt, r.document, r.organisation, r.signer, r.attempt)).toString('base64url')
    must(c.nonce === nonce, 'the provider signed something else')
    must(c.iss === r.issuer && c.sub === r.subject && (c.acr ?? '') === r.acr && c.auth_time * 1e6 === microseconds(r.authenticated), 'the token is about another sign-in')
    const after = microseconds(r.signed) - c.auth_time * 1e6
    must(after <= 300e6 && after >= -60e6 && microseconds(r.signed) >= microseconds(r.arrived), 'sign-in and signature are too far apart')
    return thumbprint(jwk)
  }
  throw new Error('the provider did not sign this token')
}

const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right)

// RFC 9162, section 2.1.3.2.
function rootFrom (index, size, leaf, path) {
  let [fn, sn, hash] = [index, size - 1n, leaf]
  for (const sibling of path) {
    must(sn !== 0n, 'the path is too long')
    if (fn % 2n === 1n || fn === sn) {
      hash = nodeHash(sibling, hash)
      while (fn % 2n === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n }
    } else {
      hash = nodeHash(hash, sibling)
    }
    fn >>= 1n
    sn >>= 1n
  }
  must(sn === 0n, 'the path is too short')
  return hash
}

function publicKey (bytes) {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
}

// A verifier key of C2SP signed-note: name+id+base64(type ‖ key).
function signer (vkey) {
  const [name, id, ...rest] = vkey.split('+')
  const key = base64(rest.join('+'))
  must(name && key.length === 33 && (key[0] === 1 || key[0] === 4), 'a key cannot be read')
  must(sha256(name + '\n', key).subarray(0, 4).toString('hex') === id, 'a key is not the one it is called by')
  return { vkey, name, id, type: key[0], key: publicKey(key.subarray(1)) }
}

function decimal (text) {
  must(/^(0|[1-9]\d{0,17})$/.test(text), `${text} is not a number`)
  return BigInt(text)
}

function logged (b, r, trust, act) {
  const o = linesOf(b.opening, 'countersign act 1', ['act', 'id', 'at', 'by', 'name', 'office', 'organisation', 'thing', 'digest', 'detail'])
  must(o.act === act && o.digest === hex(b.record) && o.thing === 'statement/' + r.statement && o.organisation === r.organisation && o.by === r.signer, 'the entry is about something else')
  const leaf = Buffer.from('countersign leaf 1\n' + sha256(pieces('countersign leaf 1', b.salt, b.opening)).toString('hex') + '\n')
  const parts = b.proof.split('\n\n')
  must(parts.length === 3, 'this is not a proof')
  const [head, text, signatures] = parts
  const [mark, index, ...path] = head.split('\n')
  must(mark === 'c2sp.org/tlog-proof@v1' && index.startsWith('index '), 'this is not a proof')
  const lines = text.split('\n')
  must(lines.length === 3 && signatures.endsWith('\n'), 'this is not a checkpoint')
  const size = decimal(lines[1])
  const place = decimal(index.slice(6))
  must(place < size, 'the log had not reached this place')
  const root = rootFrom(place, size, sha256(Buffer.from([0]), leaf), path.map((p) => { const h = base64(p); must(h.length === 32, 'a hash is too short'); return h }))
  must(root.equals(base64(lines[2])), 'the proof does not lead to the checkpoint')

  const known = b.signers.map(signer)
  must(known.filter((k) => k.type === 1).length === 1 && new Set(b.signers).size === b.signers.length, 'the file must name one key of the log, and each key once')
  const body = text + '\n'
  const used = new Set()
  const witnesses = []
  for (const line of signatures.slice(0, -1).split('\n')) {
    const found = /^— (\S+) (\S+)$/.exec(line)
    must(found, 'a signature cannot be read')
    const bytes = base64(found[2])
    const by = known.find((k) => k.name === found[1] && k.id === bytes.subarray(0, 4).toString('hex'))
    must(by && !used.has(by) && by === known[used.size], 'a signature is by nobody known, or the keys are named in another order')
    used.add(by)
    if (by.type === 1) {
      must(by.name === lines[0] && verifySignature(null, Buffer.from(body), by.key, bytes.subarray(4)), 'the log did not sign the checkpoint')
      continue
    }
    must(bytes.length === 76, 'a cosignature is too short')
    const at = bytes.readBigUInt64BE(4)
    must(at < 1n << 63n && verifySignature(null, Buffer.from(`cosignature/v1\ntime ${at}\n${body}`), by.key, bytes.subarray(12)), 'a witness did not sign the checkpoint')
    witnesses.push({ name: by.name, at: Number(at) })
  }
  must(used.size === known.length, 'the file names keys that signed nothing')
  if (trust) {
    for (const k of known) must((k.type === 1 ? trust.log : trust.witnesses).includes(k.vkey), `${k.name} is not on the list of whom to trust`)
    must(Array.isArray(trust.quorum) && trust.quorum.length > 0 && trust.quorum.every((step, i, all) => Object.keys(step).join() === 'from,witnesses' && Number.isSafeInteger(step.from) &&
      Number.isSafeInteger(step.witnesses) && step.witnesses >= 0 && (i === 0 ? step.from === 0 : step.from > all[i - 1].from)), 'the list does not say how many witnesses must sign')
    const need = trust.quorum.filter((step) => size >= step.from).pop()
    must(need && witnesses.length >= need.witnesses, 'too few witnesses have signed')
  }
  return { place, size, witnesses }
}

const signature = ['id', 'code', 'statement', 'organisation', 'signer', 'words', 'document', 'salt', 'attempt', 'issuer', 'subject', 'acr', 'authenticated', 'token', 'keys', 'arrived', 'signed', 'late']
const coSignature = signature.filter((name) => name !== 'code' && name !== 'late')

// What stands above the words of a document, and the words.
function headOf (document, mark) {
  const cut = document.indexOf('\n\n')
  const lines = document.slice(0, cut).split('\n')
  must(cut > 0 && lines[0] === mark, 'the document cannot be read')
  const words = document.slice(cut + 2)
  return { lines, words, wordLines: words.split('\n') }
}

// The names of the lines of the words, in their order, with how many values each
// stands for; and those that stand only together.
const wordNames = [/^statement$/, /^organisation$/, /^title$/, /^template$/, /^number$/, /^period$/, /^locked$/, /^replaces$/, /^replaces why$/, /^co-signs \d+$/, /^opening$/, /^part \d+$/,
  /^fact [a-z][a-z0-9_]*$/, /^late \d+( due| answered| code| why)?$/, /^gap \d+( what| fix by)?$/, /^not a gap \d+( why)?$/, /^evidence \d+( until)?$/, /^contradiction \d+( accepted| by)?$/,
  /^commitment \d+( was due| now| how| by)?$/]

// The words are lines "name: value", their names in that order.
function inOrder (lines) {
  must(lines[0] === 'countersign statement 1' && lines.at(-1) === '', 'the words cannot be read')
  let at = 0
  for (const line of lines.slice(1, -1)) {
    const cut = line.indexOf(': ')
    must(cut > 0 && cut + 2 < line.length && plain(line), 'a line of the words cannot be read')
    while (at < wordNames.length && !wordNames[at].test(line.slice(0, cut))) at++
    must(at < wordNames.length, 'the words hold a line that is out of place')
  }
}

// How the chief executive signed: every line above the words, and no other.
function answer (head, named) {
  const [, signer, capacity, opinion, , ...rest] = head.lines
  must(head.lines.every(plain), 'the document hides something')
  must(['capacity: chief executive', 'capacity: acting chief executive'].includes(capacity), 'the document names no capacity that can sign')
  must(['opinion: unqualified', 'opinion: qualified'].includes(opinion), 'the document gives no answer')
  const lines = rest.slice(2 * named)
  const exceptions = (lines.length - 1) / 5
  must(Number.isInteger(exceptions) && (exceptions > 0) === (opinion === 'opinion: qualified'), 'the answer and the exceptions do not go together')
  for (let i = 0; i < exceptions; i++) {
    ['', ' what', ' doing', ' who', ' by'].forEach((part, j) => must(lines[5 * i + j].startsWith(`exception ${i + 1}${part}: `), 'an exception cannot be read'))
  }
  const name = signer.slice('signer: '.length).replace(/^\S+ /, '')
  const how = exceptions === 0 ? 'without qualification' : exceptions === 1 ? 'with 1 qualification' : `with ${exceptions} qualifications`
  must(lines.at(-1) === `declaration: I, ${name}, ${capacity.slice('capacity: '.length)}, confirm the statement as shown, ${how}.`, 'the declaration is another than that of this answer')
}

function belongs (s, r, head) {
  inOrder(head.wordLines)
  must(hex(s.document) === r.document && hex(head.words) === r.words && head.lines.includes('words: ' + r.words), 'the document is not the one that was signed')
  must(head.lines[1].startsWith('signer: ' + r.signer + ' '), 'the document names another signer')
  must(head.wordLines[1] === 'statement: ' + r.statement && head.wordLines[2].startsWith('organisation: ' + r.organisation + ' '), 'the words are of another statement')
}

// The signature of one, with the key that the provider signed it with.
function proved (s, r, trust, act) {
  const log = logged(s, r, trust, act)
  const key = provider(s, r)
  if (trust) must(trust.providers.some((p) => p.issuer === r.issuer && p.keys.includes(key)), `the key ${key} of ${r.issuer} is not on the list of whom to trust`)
  return { ...log, key }
}

// numbered reads the lines "name 1: …", "name 2: …", which must be all that begin
// with the name.
function numbered (lines, name) {
  const found = lines.filter((l) => l.startsWith(name + ' '))
  return found.map((line, i) => {
    must(line.startsWith(`${name} ${i + 1}: `), `the lines of ${name} are not numbered from 1`)
    return line.slice(`${name} ${i + 1}: `.length)
  })
}

// The co-signatures: those the words ask for and the document names, each whole,
// by somebody else, over the same words, and made before.
function beside (b, r, head, trust) {
  const opening = head.wordLines.findIndex((l) => l.startsWith('opening: '))
  const asked = numbered(head.wordLines.slice(0, opening), 'co-signs')
  const digests = head.lines.filter((l) => /^co-signed \d+ document: /.test(l))
  const named = numbered(head.lines.filter((l) => !digests.includes(l)), 'co-signed')
  must(asked.length === named.length && named.length === digests.length && named.length === b.beside.length, 'the co-signatures are not those that the document names and its words ask for')
  return b.beside.map((s, i) => {
    const c = linesOf(s.record, 'countersign co-signature record 1', coSignature)
    const own = headOf(s.document, 'countersign co-signature 1')
    belongs(s, c, own)
    must(own.lines.length === 5 && own.lines[1] === 'signer: ' + named[i] && digests[i] === `co-signed ${i + 1} document: ${c.document}`, 'a co-signature is another than the document names')
    const capacity = own.lines[2].slice('capacity: '.length)
    must(own.lines[2].startsWith('capacity: ') && [asked[i], 'acting ' + asked[i]].includes(capacity), 'a co-signature is in another capacity than the words ask for')
    must(c.words === r.words && c.statement === r.statement && c.organisation === r.organisation && c.signer !== r.signer, 'a co-signature is of another statement than the signature, or by the same person')
    must(microseconds(c.signed) <= microseconds(r.arrived), 'a co-signature came after the signature that names it')
    proved(s, c, trust, 'statement co-signed')
    return { signer: named[i], signed: c.signed }
  })
}

// verify gives what a bundle shows, or throws what does not hold.
export function verify (file, trust) {
  const b = parse(file)
  const r = linesOf(b.record, 'countersign signature 1', signature)
  must(r.late === 'yes' || r.late === 'no', 'late is yes or no')
  const head = headOf(b.document, 'countersign attestation 1')
  must(head.lines[4] === 'words: ' + r.words, 'the document is of other words')
  belongs(b, r, head)
  answer(head, b.beside.length)
  const { place, size, witnesses, key } = proved(b, r, trust, 'statement signed')
  const coSigned = beside(b, r, head, trust)
  return { signer: head.lines[1].slice(8), statement: r.statement, code: r.code, signed: r.signed, issuer: r.issuer, key, place, size, witnesses, coSigned, trusted: Boolean(trust) }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [bundle, trust] = process.argv.slice(2)
  try {
    const shown = verify(readFileSync(bundle), trust && JSON.parse(readFileSync(trust)))
    console.log(`${shown.trusted ? 'PROVEN' : 'HOLDS TOGETHER, BUT NOBODY VOUCHES FOR ITS KEYS'}: ${shown.signer}, statement ${shown.statement}, code ${shown.code}, ` +
      shown.coSigned.map((c) => `co-signed by ${c.signer} ${c.signed}, `).join('') +
      `signed ${shown.signed}, entry ${shown.place} of ${shown.size}, ${shown.witnesses.length} witnesses, key ${shown.key} of ${shown.issuer}`)
    process.exitCode = shown.trusted ? 0 : 1
  } catch (failure) {
    console.error('NOT PROVEN:', failure.message.replace(/[^ -~–’“”]/g, '?'))
    process.exitCode = 1
  }
}
