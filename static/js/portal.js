// Adds speed to pages that already work without it: clocks that keep moving
// and a warning before typed words are lost. The server's answer always wins.
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
// it, or any other form that saves, is not leaving.
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
  document.addEventListener('submit', () => set(false))
}

initAll()
runClocks()
warnBeforeLeaving()
