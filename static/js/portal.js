// Adds speed to pages that already work without it: clocks that keep moving, a
// wall that is live and a warning before typed words are lost. The server's answer always wins.
import { initAll } from './nhsuk-frontend.js'

const second = 1000
const minute = 60
const hour = 60 * minute

const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`

// The same words as the server's: rounded down, minutes only inside a day.
export function timeLeft(seconds) {
  if (seconds <= -hour) return `${count(Math.floor(-seconds / hour), 'hour')} late`
  if (seconds <= -minute) return `${count(Math.floor(-seconds / minute), 'minute')} late`
  if (seconds <= 0) return 'less than 1 minute late'
  if (seconds < minute) return 'less than 1 minute left'
  if (seconds < hour) return `${count(Math.floor(seconds / minute), 'minute')} left`
  const hours = Math.floor(seconds / hour)
  const minutes = Math.floor((seconds % hour) / minute)
  if (seconds > 24 * hour || minutes === 0) return `${count(hours, 'hour')} left`
  return `${count(hours, 'hour')} ${count(minutes, 'minute')} left`
}

// Which of the four spoken moments lies between two readings, if any.
export function crossed(before, after) {
  return [24, 6, 1, 0].map((h) => h * hour).filter((mark) => before > mark && after <= mark).pop()
}

// The reader's own clock may be wrong by hours, so the page says what time the
// server made it. A page taken from the browser's memory is too old to tell.
function skew() {
  const made = Date.parse(document.body.dataset.now || '')
  const [navigation] = performance.getEntriesByType('navigation')
  return Number.isNaN(made) || (navigation && navigation.type === 'back_forward') ? 0 : made - Date.now()
}

function runClocks() {
  const clocks = [...document.querySelectorAll('[data-due]')].filter((c) => !Number.isNaN(Date.parse(c.dataset.due)))
  if (clocks.length === 0) return
  const offset = skew()
  const read = (clock) => Math.floor((Date.parse(clock.dataset.due) - Date.now() - offset) / second)
  const last = new Map(clocks.map((clock) => [clock, read(clock)]))
  const voice = document.createElement('div')
  voice.className = 'nhsuk-u-visually-hidden'
  voice.setAttribute('role', 'status')
  document.body.append(voice)
  const tick = () => {
    for (const clock of clocks) {
      const seconds = read(clock)
      const words = timeLeft(seconds)
      if (clock.textContent !== words) clock.textContent = words
      if (crossed(last.get(clock), seconds) !== undefined) {
        voice.textContent = [clock.dataset.dueName, words].filter(Boolean).join(': ')
      }
      last.set(clock, seconds)
    }
  }
  setInterval(tick, 30 * second)
  document.addEventListener('visibilitychange', () => document.hidden || tick())
}

// A form marked data-warn-leave asks before its words are thrown away. Sending
// it is not leaving; sending another form of the page is, because that saves
// nothing of this one.
function warnBeforeLeaving() {
  let changed = false
  const warn = (event) => event.preventDefault()
  const set = (is) => {
    if (is === changed) return
    changed = is
    // Listening only while there is something to lose keeps the page in the
    // browser's back and forward memory.
    if (is) addEventListener('beforeunload', warn)
    else removeEventListener('beforeunload', warn)
  }
  document.addEventListener('input', (event) => {
    if (event.target.closest('form[data-warn-leave]')) set(true)
  })
  document.addEventListener('submit', (event) => {
    if (event.target.matches('form[data-warn-leave]')) set(false)
  })
}

// Paper has nothing to press: browsers whose style cannot open a folded part
// have it opened for the print, and folded again after.
function unfoldForPrint() {
  let folded = []
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')]
    for (const part of folded) part.open = true
  })
  addEventListener('afterprint', () => {
    for (const part of folded.splice(0)) part.open = false
  })
}

// Two minutes before a session ends for want of use, the page that says so is
// opened, with the way to stay. Where something is typed that leaving would
// lose, the page stays and a message at its top says it instead. Another tab may
// have kept the session meanwhile, so the server is asked first; asking does not
// keep it.
function watchSession() {
  const { ends, now } = document.body.dataset
  if (!ends || !now) return
  const ahead = 2 * minute * second
  const warning = location.pathname === '/session'
  const here = encodeURIComponent(warning ? document.querySelector('[name=to]')?.value || '/' : location.pathname + location.search)
  let until = Date.parse(ends) - skew()
  let typed = false
  let asking = false
  document.addEventListener('input', (event) => {
    typed = typed || Boolean(event.target.closest('main form'))
  })
  const voice = document.createElement('div')
  voice.setAttribute('role', 'status')
  document.querySelector('main').prepend(voice)
  const clock = () => new Date(until + skew()).toLocaleTimeString('en-GB', { timeZone: 'Europe/London', hour: 'numeric', minute: '2-digit', hour12: true }).replace(/\s/g, '')
  const say = (words, ...more) => {
    const box = document.createElement('div')
    box.className = 'nhsuk-inset-text'
    const sentence = document.createElement('p')
    sentence.textContent = words
    box.append(sentence, ...more)
    voice.replaceChildren(box)
  }
  // Reads from the server's page how long is left; false when nothing is.
  const hear = async (request) => {
    const answer = await fetch('/session', request)
    if (!answer.ok || new URL(answer.url).pathname !== '/session') return false
    const { ends, now } = new DOMParser().parseFromString(await answer.text(), 'text/html').body.dataset
    until = Date.now() + Date.parse(ends) - Date.parse(now)
    return true
  }
  const over = () => {
    if (!typed) return location.assign(`/sign-in?to=${here}`)
    const link = document.createElement('a')
    link.href = '/sign-in'
    link.target = '_blank'
    link.textContent = 'Sign in again in a new tab'
    say('You are signed out. What you typed is still on this page. Sign in in a new tab, then come back and save it.', link)
  }
  const stay = async () => {
    asking = true
    const kept = await hear({ method: 'POST', body: new URLSearchParams({ to: '/session' }) }).catch(() => undefined)
    asking = false
    if (kept === undefined) return say('We could not reach the service. What you typed is still on this page. Try again.', button())
    if (!kept) return over()
    say(`You are still signed in. If you do nothing more, until ${clock()}.`)
  }
  const button = () => {
    const press = document.createElement('button')
    press.type = 'button'
    press.className = 'nhsuk-button nhsuk-button--secondary'
    press.textContent = 'Stay signed in'
    press.addEventListener('click', stay)
    return press
  }
  const check = async () => {
    if (asking || until - Date.now() > ahead) return
    if (warning && until > Date.now()) return
    asking = true
    try {
      if (!(await hear())) return over()
      if (warning || until - Date.now() > ahead) return
      if (!typed) return location.assign(`/session?to=${here}`)
      if (!voice.querySelector('button')) say(`You will be signed out at ${clock()}. What you typed is not saved yet.`, button())
    } catch {
      // The network is away: the next look is in a few seconds.
    } finally {
      asking = false
    }
  }
  setInterval(check, 10 * second)
  document.addEventListener('visibilitychange', () => document.hidden || check())
}

// Says under the form whom an alert would reach as it stands.
function countReach() {
  const line = document.querySelector('[data-reach]')
  if (!line) return
  const form = line.closest('form')
  const fields = new Set(['kinds', 'regions', 'cohorts', 'organisations'])
  let waiting
  let newest = 0
  const ask = async () => {
    const mine = ++newest
    const asked = new URLSearchParams([...new FormData(form)].filter(([name]) => fields.has(name)))
    const answer = await fetch(`${line.dataset.reach}?${asked}`).catch(() => undefined)
    if (answer?.ok && mine === newest) line.textContent = await answer.text()
  }
  form.addEventListener('input', (event) => {
    if (!fields.has(event.target.name)) return
    clearTimeout(waiting)
    waiting = setTimeout(ask, 300)
  })
  ask()
}

// What is said aloud of those who acknowledged since it was said last.
export const more = (n, of, before) => {
  const number = (x) => x.toLocaleString('en-GB')
  return `${number(n - before)} more ${n - before === 1 ? 'trust has' : 'trusts have'} acknowledged. ${number(n)} of ${number(of)}.`
}

// A broadcast wall follows the server: what changed is written in its place, no
// row moves, and nothing takes the focus. It changes once in five seconds at
// most, and speaks once a minute at most.
export function followWall(wall, Source = globalThis.EventSource) {
  if (!wall || !Source) return
  const find = (name) => wall.querySelector(`[data-${name}]`)
  const [word, refresh, pause, voice] = ['word', 'refresh', 'pause', 'voice'].map(find)
  const { number, asked, stream } = wall.dataset
  let [count, said] = [Number(number), Number(number)]
  let at = word.dataset.at
  let from = stream
  let [source, silence, waiting, speaking, latest] = []
  let [shown, spoken] = [-Infinity, -Infinity]
  const tell = (words, dead) => {
    word.textContent = words
    refresh.hidden = !dead
  }
  const live = (time) => {
    if (time) at = time
    clearTimeout(silence)
    silence = setTimeout(() => tell(`Not live since ${at}.`, true), 30 * second)
    tell(`Live. Updated ${at}.`)
  }
  const write = (element, words) => {
    if (!element || element.textContent === words) return
    element.textContent = words
    element.classList.remove('app-flash')
    void element.offsetWidth // so that a tint begins again
    element.classList.add('app-flash')
  }
  const speak = () => {
    speaking = undefined
    if (count > said) voice.textContent = more(count, Number(asked), said)
    said = count
    spoken = Date.now()
  }
  const show = () => {
    waiting = undefined
    shown = Date.now()
    const { id, words, bars, rows } = latest
    latest = undefined
    from = stream.replace(/since=.*/, `since=${id}`)
    for (const name in words) write(find(`live="${name}"`), words[name])
    for (const name in bars) {
      const edges = bars[name].split(' ')
      wall.querySelectorAll(`[data-bar="${name}"] rect`).forEach((part, i) => {
        part.setAttribute('x', edges[2 * i])
        part.setAttribute('width', edges[2 * i + 1])
      })
    }
    for (const name in rows) {
      const row = find(`row="${name}"`)
      const tag = row && row.querySelector('.nhsuk-tag')
      if (!tag) continue
      tag.className = rows[name][1]
      write(tag, rows[name][0])
      write(row.querySelector('[data-last]'), rows[name][2])
    }
    speaking ??= count > said ? setTimeout(speak, Math.max(0, spoken + minute * second - Date.now())) : undefined
  }
  const open = () => {
    source = new Source(from)
    live()
    source.addEventListener('beat', (event) => live(event.data))
    source.addEventListener('wall', (event) => {
      const is = JSON.parse(event.data)
      const merged = (part) => ({ ...latest?.[part], ...is[part] })
      latest = { id: is.id, words: merged('words'), bars: merged('bars'), rows: merged('rows') }
      count = is.n
      live(is.at)
      waiting ??= setTimeout(show, Math.max(0, shown + 5 * second - Date.now()))
    })
  }
  const stop = () => {
    source.close()
    for (const timer of [silence, waiting, speaking]) clearTimeout(timer)
    waiting = speaking = latest = undefined // what was not shown is asked for again
  }
  pause.hidden = false
  pause.addEventListener('click', () => {
    const running = pause.textContent === 'Pause updates'
    pause.textContent = running ? 'Start updates' : 'Pause updates'
    if (!running) return open()
    stop()
    tell(`Paused. Updated ${at}.`)
  })
  open()
}

initAll()
runClocks()
countReach()
followWall(document.querySelector('[data-stream]'))
warnBeforeLeaving()
unfoldForPrint()
watchSession()
