// The list of jobs on the left, the steps of the chosen one below it, and uploads on their way.

import { clock, h, span, spoken } from './service.js'

const list = document.getElementById('jobs')
const uploads = document.getElementById('uploads')
const mostShown = 300

/**
 * Draws jobs and drops that became none, newest first. `choose(jobID, stepID)` is called for what a person picks,
 * `putAway(face)` for a rejection that was read.
 */
export function drawTimeline(state, choose, putAway) {
  const entries = [
    ...[...state.jobs.values()].map((job) => ({ at: job.created_at, item: () => jobItem(job, state, choose) })),
    ...state.rejections.map((rejection) => ({ at: rejection.rejected_at, item: () => rejectionItem(rejection, putAway) })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1))
  document.getElementById('no-jobs').hidden = entries.length > 0
  const focus = document.activeElement?.dataset?.key
  list.replaceChildren(...entries.slice(0, mostShown).map((entry) => entry.item()))
  if (entries.length > mostShown) list.append(h('li', { class: 'quiet pad' }, `and ${entries.length - mostShown} older ones`))
  if (focus) list.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus()
}

function jobItem(job, state, choose) {
  const isChosen = job.id === state.jobID
  const settled = job.steps.filter((step) => !['QUEUED', 'RUNNING'].includes(step.status)).length
  const running = job.steps.find((step) => step.status === 'RUNNING')
  const isOpen = ['IDLE', 'PLANNED', 'RUNNING'].includes(job.status)
  const progress = job.steps.length === 0 ? 'no steps yet' : `${settled} of ${job.steps.length}`
  const why = job.steps.find((step) => step.reason && ['NEEDS_REVIEW', 'FAILED'].includes(step.status))?.reason ?? job.reason
  const line = running ? `${progress} · ${running.name}` : isOpen ? progress : needsPerson(job) && why ? why : `${clock(job.updated_at)}`
  const head = h(
    'button',
    {
      type: 'button', class: 'job', 'data-key': job.id, 'aria-expanded': isChosen ? 'true' : 'false',
      'aria-current': isChosen && !state.stepID ? 'true' : null, onclick: () => choose(job.id, null),
    },
    h('span', { class: 'job-name' }, job.source_name),
    h('span', { class: `chip ${job.status}${job.held ? ' held' : ''}` }, stateOf(job)),
    h('span', { class: 'job-line quiet', title: line }, line),
    isOpen && job.steps.length > 0 && h('progress', { max: job.steps.length, value: settled, 'aria-label': `${settled} of ${job.steps.length} steps` }),
  )
  const steps = isChosen && job.steps.length > 0
    ? h('ol', { class: 'steps', 'aria-label': `Steps of ${job.source_name}` }, job.steps.map((step) => stepItem(job, step, state, choose)))
    : null
  return h('li', { class: isChosen ? 'chosen' : '' }, head, steps)
}

function rejectionItem(rejection, putAway) {
  const why = rejection.reason.replace(`${rejection.name} was not taken. `, '')
  return h('li', { class: 'rejection' },
    h('span', { class: 'job-name', title: rejection.name }, rejection.name),
    h('span', { class: 'chip FAILED' }, 'not taken'),
    h('p', { class: 'why' }, why),
    h('span', { class: 'quiet small' }, `${clock(rejection.rejected_at)} · lies in rejected/`),
    h('button', {
      type: 'button', class: 'plain small', 'data-key': rejection.face, 'aria-label': `Hide ${rejection.name}`,
      title: `The file stays in rejected/${rejection.face}`, onclick: () => putAway(rejection.face),
    }, 'Hide'))
}

function stepItem(job, step, state, choose) {
  const isChosen = step.id === state.stepID
  const since = state.since.get(`${job.id}/${step.id}`)
  return h(
    'li', {},
    h(
      'button',
      {
        type: 'button', class: `step ${step.status}`, 'data-key': `${job.id}/${step.id}`,
        'aria-current': isChosen ? 'true' : null, onclick: () => choose(job.id, step.id), title: step.reason ?? '',
      },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', { class: 'step-name' }, `${step.index}. ${step.name}`),
      h('span', { class: 'step-kind quiet' }, step.type.replace('_', ' ').toLowerCase(), step.updated_at && !['QUEUED', 'RUNNING'].includes(step.status) ? ` · ${clock(step.updated_at)}` : ''),
      h('span', { class: 'step-state quiet', 'data-since': step.status === 'RUNNING' ? since ?? '' : '' },
        step.status === 'RUNNING' && since ? span(Date.now() - since) : spoken[step.status]),
    ),
  )
}

/** Whether a person has to do something before the job goes on. */
export const needsPerson = (job) => ['PAUSED', 'FAILED'].includes(job.status) && !job.held

/** What the job is doing, in a word. */
export const stateOf = (job) => (job.held ? 'paused' : spoken[job.status] ?? job.status)

/** Lets the times of running steps go on without drawing everything again. */
export function tick() {
  for (const element of list.querySelectorAll('[data-since]')) {
    if (element.dataset.since) element.textContent = span(Date.now() - Number(element.dataset.since))
  }
}

/** Shows an upload; the returned functions move it on. */
export function showUpload(name) {
  const bar = h('progress', { max: 1, value: 0, 'aria-label': `Sending ${name}` })
  const line = h('span', { class: 'quiet' }, 'sending')
  const item = h('li', {}, h('span', { class: 'job-name' }, name), line, bar)
  uploads.append(item)
  return {
    progress(share) {
      bar.value = share
      line.textContent = share < 1 ? `${Math.round(share * 100)} %` : 'being looked at'
    },
    done: () => item.remove(),
    refused(sentence) {
      bar.remove()
      line.textContent = sentence
      item.classList.add('refused')
      item.append(h('button', { type: 'button', onclick: () => item.remove() }, 'Dismiss'))
    },
  }
}
