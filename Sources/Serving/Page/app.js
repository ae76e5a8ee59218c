// The page as a whole: one state, drawn again when something changes; everything it knows comes from the service.

import { drawActions } from './actions.js'
import { attach, beginPainting, endPainting, isPainting, paintingKey } from './painting.js'
import { drawPreview, previewKey, startPreview } from './preview.js'
import { h, service, spoken, clock } from './service.js'
import { drawTimeline, needsPerson, showUpload, tick } from './timeline.js'

const state = {
  /** Summaries of all jobs by id, as the event stream brings them. */
  jobs: new Map(),
  jobID: null, stepID: null,
  /** Whether nobody has picked a step of the chosen job yet. */
  isOpen: true,
  /** Drops that became no job, newest first, as far as they lie in `rejected/` and were not put away here. */
  rejections: [],
  /** The chosen job and step in full. */
  job: null, step: null,
  /** A try that is looked at instead of the step's output. */
  candidate: null,
  /** The chosen step's runs. */
  runs: [],
  /** When running steps began, by `job/step`. */
  since: new Map(),
  providers: null, busy: false,
}
const logLines = document.getElementById('log-lines')
const mostLogLines = 500

// Drawing

let isDue = false

/** Draws once in the next frame, however often it is called. */
function draw() {
  if (isDue) return
  isDue = true
  requestAnimationFrame(() => {
    isDue = false
    state.step = state.job?.steps.find((step) => step.id === state.stepID) ?? null
    drawTimeline(state, pick, putAway)
    drawPreview(state)
    drawActions(state, { say, draw, choose, take })
    summarize()
  })
}

/** How many jobs are where, in the bar and in the window's title. */
function summarize() {
  const jobs = [...state.jobs.values()]
  const counts = [
    [jobs.filter((job) => ['IDLE', 'PLANNED', 'RUNNING'].includes(job.status)).length, 'in work'],
    [jobs.filter(needsPerson).length, jobs.filter(needsPerson).length === 1 ? 'needs you' : 'need you'],
    [jobs.filter((job) => job.status === 'DONE').length, 'done'],
  ]
  document.getElementById('summary').textContent = counts.filter(([count]) => count > 0).map((parts) => parts.join(' ')).join(' · ')
  document.title = counts[1][0] > 0 ? `(${counts[1][0]}) SceneHF` : 'SceneHF'
}

/** Says a sentence to whoever looks or listens. */
function say(sentence, isRefusal = false) {
  const said = document.getElementById('said')
  said.textContent = sentence
  said.classList.toggle('refusal', isRefusal)
  said.classList.add('shown')
  clearTimeout(say.timer)
  say.timer = setTimeout(() => said.classList.remove('shown'), isRefusal ? 9000 : 4000)
}

// Choosing

async function choose(jobID, stepID) {
  if (jobID !== state.jobID || stepID !== state.stepID) {
    endPainting()
    state.candidate = null
    state.runs = []
    state.isOpen = jobID !== state.jobID
  }
  if (jobID !== state.jobID) state.job = null
  state.jobID = jobID
  state.stepID = stepID
  history.replaceState(null, '', jobID ? `#${jobID}${stepID ? `/${encodeURIComponent(stepID)}` : ''}` : '#')
  draw()
  if (jobID) await refresh(jobID)
}

/** What a person picks in the list; on a phone the picture is further down. */
function pick(jobID, stepID) {
  choose(jobID, stepID)
  if (stepID && matchMedia('(max-width: 760px)').matches) document.getElementById('preview').scrollIntoView()
}

/** Reads the job; fast successive calls for one job become one. */
const reading = new Map()
async function refresh(jobID) {
  if (reading.has(jobID)) {
    reading.set(jobID, true)
    return
  }
  reading.set(jobID, false)
  try {
    const job = await service.job(jobID)
    take(job)
    if (jobID === state.jobID && state.stepID) state.runs = await service.history(jobID, state.stepID).catch(() => [])
    draw()
  } catch (refusal) {
    if (refusal.status === 404) forget(jobID)
  } finally {
    const again = reading.get(jobID)
    reading.delete(jobID)
    if (again) refresh(jobID)
  }
}

/** The job as it is now; it becomes part of the list, and what is shown if it is chosen. */
function take(job) {
  const { id, status, source_image, created_at, updated_at } = job
  const { source_name = 'picture', reason, held } = job.metadata
  state.jobs.set(id, { id, status, source_image, created_at, updated_at, source_name, reason, held: held === true, steps: job.steps })
  for (const step of job.steps) {
    const key = `${id}/${step.id}`
    if (step.status !== 'RUNNING') state.since.delete(key)
    else if (!state.since.has(key)) state.since.set(key, Date.parse(step.updated_at))
  }
  if (id === state.jobID) {
    state.job = job
    // What needs the person is what the person wants to see.
    if (!state.stepID && state.isOpen) state.stepID = job.steps.find((step) => ['NEEDS_REVIEW', 'FAILED'].includes(step.status))?.id ?? null
  }
  draw()
}

function forget(jobID) {
  state.jobs.delete(jobID)
  if (state.jobID === jobID) choose(null, null)
  draw()
}

// Drops that became no job

const putAwayFaces = new Set(JSON.parse(localStorage.getItem('put-away') ?? '[]'))

async function readRejections() {
  const all = await service.rejections().catch(() => null)
  if (!all) return
  state.rejections = all.filter((rejection) => !putAwayFaces.has(rejection.face))
  draw()
}

function rejected(rejection) {
  state.rejections = [rejection, ...state.rejections.filter((other) => other.face !== rejection.face)]
  log({ at: rejection.rejected_at, message: rejection.reason, job_id: '' })
  say(rejection.reason, true)
  draw()
}

/** Hides it here; the file stays in `rejected/`. */
function putAway(face) {
  putAwayFaces.add(face)
  localStorage.setItem('put-away', JSON.stringify([...putAwayFaces].slice(-500)))
  state.rejections = state.rejections.filter((rejection) => rejection.face !== face)
  draw()
}

// Events

function happened(event) {
  log(event)
  const job = state.jobs.get(event.job_id)
  if (!job || event.event === 'job.updated' || event.job_id === state.jobID) return refresh(event.job_id)
  const step = job.steps.find((step) => step.id === event.step_id)
  if (!step) return refresh(event.job_id)
  step.status = event.status
  job.updated_at = event.at
  const key = `${event.job_id}/${event.step_id}`
  if (event.status === 'RUNNING') state.since.set(key, Date.parse(event.at))
  else state.since.delete(key)
  draw()
}

function log(event) {
  const job = state.jobs.get(event.job_id)
  const step = job?.steps.find((step) => step.id === event.step_id)
  const parts = [job?.source_name ?? event.job_id.slice(0, 8), step ? `${step.index}. ${step.name}` : null, spoken[event.status] ?? event.status, event.message]
  logLines.append(h('li', {}, h('time', { datetime: event.at }, clock(event.at)), ' ', parts.filter(Boolean).join(' · ')))
  while (logLines.children.length > mostLogLines) logLines.firstChild.remove()
  document.getElementById('log-empty').hidden = true
  logLines.parentElement.scrollTop = logLines.parentElement.scrollHeight
}

function start() {
  let source = null
  const connect = () => {
    source?.close()
    source = service.listen({
      snapshot(jobs) {
        state.jobs = new Map(jobs.map((job) => [job.id, job]))
        if (state.jobID) refresh(state.jobID)
        else chooseFromAddress()
        draw()
      },
      event: happened,
      removed: forget,
      rejected,
      state(what) {
        const connection = document.getElementById('connection')
        connection.textContent = what === 'live' ? 'Live' : 'Waiting for the service'
        connection.className = `connection ${what}`
        // What was told meanwhile is not told again.
        if (what === 'live') readRejections()
        // The browser gives up for good when it is refused; a service that was restarted has a new cookie.
        if (what === 'closed') setTimeout(connect, 3000)
      },
    })
  }
  connect()
  service.providers().then((providers) => {
    state.providers = providers
    draw()
  }, () => {})
  setInterval(tick, 1000)
}

/** What the address names, else what needs the person first. */
function chooseFromAddress() {
  const [jobID, stepID] = location.hash.slice(1).split('/')
  const jobs = [...state.jobs.values()]
  if (jobID && state.jobs.has(jobID)) choose(jobID, stepID ? decodeURIComponent(stepID) : null)
  else if (jobs.length > 0) choose((jobs.find(needsPerson) ?? jobs[0]).id, null)
}

// Uploads

async function send(files) {
  for (const file of files) {
    const shown = showUpload(file.name)
    try {
      const job = await service.upload(file, shown.progress)
      shown.done()
      take(job)
      if (!state.jobID) choose(job.id, null)
      say(`${file.name} has arrived.`)
    } catch (refusal) {
      // What lies in `rejected/` has its own place in the list.
      if (refusal.code === 'rejected') {
        shown.done()
        continue
      }
      shown.refused(refusal.message)
      say(refusal.message, true)
    }
  }
}

addEventListener('hashchange', chooseFromAddress)

const drop = document.getElementById('drop')
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files')
addEventListener('dragenter', (event) => carriesFiles(event) && (drop.hidden = false))
addEventListener('dragover', (event) => carriesFiles(event) && event.preventDefault())
drop.addEventListener('dragleave', () => (drop.hidden = true))
addEventListener('drop', (event) => {
  drop.hidden = true
  if (!carriesFiles(event)) return
  event.preventDefault()
  send([...event.dataTransfer.files])
})
document.getElementById('files').addEventListener('change', (event) => {
  send([...event.target.files])
  event.target.value = ''
})

// Keys, log, theme, help

function stepBy(difference) {
  const steps = state.job?.steps ?? []
  const index = steps.findIndex((step) => step.id === state.stepID)
  const next = steps[Math.min(steps.length - 1, Math.max(0, index + difference))]
  if (next) choose(state.jobID, next.id)
}

const keys = {
  j: () => stepBy(1), k: () => stepBy(-1), l: toggleLog, '?': () => document.getElementById('help').showModal(),
  r: () => document.getElementById('retry')?.click(), a: () => document.getElementById('accept')?.click(), s: () => document.getElementById('skip')?.click(),
  m() {
    if (isPainting()) endPainting()
    else if (state.step) beginPainting(draw)
    draw()
  },
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input:not([type=range]):not([type=radio]), textarea, select, dialog')) return
  const isDone = (isPainting() && paintingKey(event)) || previewKey(event.key)
  if (!isDone && keys[event.key]) keys[event.key]()
  else if (!isDone) return
  event.preventDefault()
})

function toggleLog() {
  const log = document.getElementById('log')
  log.hidden = !log.hidden
  document.getElementById('log-toggle').setAttribute('aria-expanded', log.hidden ? 'false' : 'true')
  log.scrollTop = log.scrollHeight
}

const themes = [['system', 'as the system'], ['light', 'light'], ['dark', 'dark']]

function setTheme(name) {
  document.documentElement.dataset.theme = name
  document.getElementById('theme').textContent = `Theme: ${themes.find(([value]) => value === name)[1]}`
  localStorage.setItem('theme', name)
}

const remembered = localStorage.getItem('theme')
setTheme(themes.some(([value]) => value === remembered) ? remembered : 'system')
document.getElementById('theme').addEventListener('click', () => {
  const index = themes.findIndex(([value]) => value === document.documentElement.dataset.theme)
  setTheme(themes[(index + 1) % themes.length][0])
})
document.getElementById('log-toggle').addEventListener('click', toggleLog)
document.getElementById('help-open').addEventListener('click', keys['?'])
document.getElementById('stage').addEventListener('picture', () => attach())
new ResizeObserver(() => attach()).observe(document.getElementById('stage'))

startPreview(draw)
start()
draw()
