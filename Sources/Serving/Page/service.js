// The API of the service, as the page uses it.

/** What the service refused, with its own sentence. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.detail ?? `The service answered ${status}.`)
    this.status = status
    this.code = body?.code
  }
}

async function ask(method, path, body) {
  const options = { method, headers: {} }
  if (body instanceof FormData) {
    options.body = body
  } else if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json'
    options.body = JSON.stringify(body)
  }
  let answer
  try {
    answer = await fetch(path, options)
  } catch {
    throw new Refusal(0, { detail: 'The service does not answer. It may have been stopped; the folders stay as they are.' })
  }
  const value = answer.status === 204 ? null : await answer.json().catch(() => null)
  if (!answer.ok) throw new Refusal(answer.status, value)
  return value
}

const part = (text) => encodeURIComponent(text)

export const service = {
  job: (id) => ask('GET', `/api/jobs/${part(id)}`),
  providers: () => ask('GET', '/api/providers'),
  rejections: () => ask('GET', '/api/rejections'),
  history: (job, step) => ask('GET', `/api/jobs/${part(job)}/steps/${part(step)}/history`),
  onJob: (job, verb) => ask('POST', `/api/jobs/${part(job)}/${verb}`),
  onStep: (job, step, verb, change) => ask('POST', `/api/jobs/${part(job)}/steps/${part(step)}/${verb}`, change),
  remove: (job) => ask('DELETE', `/api/jobs/${part(job)}`),
  mask(job, step, blob) {
    const form = new FormData()
    form.append('step_id', step)
    form.append('file', blob, 'mask.png')
    return ask('POST', `/api/jobs/${part(job)}/assets/mask`, form)
  },
  asset: (job, asset) => `/api/jobs/${part(job)}/assets/${part(asset)}`,
  problems: (job, step, run) => `/api/jobs/${part(job)}/steps/${part(step)}/problems?run=${part(run ?? '')}`,
  export: (job) => `/api/jobs/${part(job)}/export`,

  /** Sends a picture; `progress` is told the share that has gone, 0 to 1. */
  upload(file, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('POST', '/api/jobs')
      request.responseType = 'json'
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
      request.onload = () =>
        request.status < 300 ? resolve(request.response) : reject(new Refusal(request.status, request.response))
      request.onerror = () => reject(new Refusal(0, { detail: `${file.name} could not be sent. Try again.` }))
      const form = new FormData()
      form.append('file', file, file.name)
      request.send(form)
    })
  },

  /** Listens to everything that happens; the browser itself comes back after a break, with the last id it saw. */
  listen({ snapshot, event, removed, rejected, state }) {
    const source = new EventSource('/api/events')
    source.onopen = () => state('live')
    source.onerror = () => state(source.readyState === EventSource.CLOSED ? 'closed' : 'waiting')
    source.addEventListener('snapshot', (message) => snapshot(JSON.parse(message.data)))
    source.addEventListener('job.removed', (message) => removed(JSON.parse(message.data).job_id))
    source.addEventListener('rejected', (message) => rejected(JSON.parse(message.data)))
    source.addEventListener('bye', () => state('waiting'))
    for (const kind of ['job.updated', 'step.updated', 'log']) {
      source.addEventListener(kind, (message) => event(JSON.parse(message.data)))
    }
    return source
  },
}

/** An element: `h('button', { onclick: f, class: 'x', 'aria-label': 'y' }, 'text', child)`. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name in element && typeof value !== 'string') element[name] = value
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

/** 65 s as 1:05, 5 s as 5 s. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  const rest = `${seconds % 60}`.padStart(2, '0')
  return seconds < 3600 ? `${Math.floor(seconds / 60)}:${rest}` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`
}

/** The time of day of a moment. */
export const clock = (time) => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** What a status means, in a word a person would use. */
export const spoken = {
  IDLE: 'arrived', PLANNED: 'waiting', RUNNING: 'running', PAUSED: 'needs you', DONE: 'done', FAILED: 'failed',
  CANCELLED: 'cancelled', QUEUED: 'waiting', SUCCESS: 'done', NEEDS_REVIEW: 'needs you', SKIPPED: 'skipped',
}
