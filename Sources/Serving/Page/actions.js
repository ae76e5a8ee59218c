// The panel on the right: what may be done to the chosen step or job.

import { beginPainting, endPainting, hasMask, isPainting, maskBlob } from './painting.js'
import { clock, h, service, span, spoken } from './service.js'

const panel = document.getElementById('actions')
const shownMetrics = [
  ['nonwhite_ratio', 'not white', (value) => `${(value * 100).toFixed(1)} %`], ['off_white_pixels', 'haze', (value) => `${value} px`],
  ['white_purity', 'white purity', (value) => value.toFixed(4)], ['shift', 'shift', (value) => `${Number(value).toFixed(2)} px`],
  ['drift', 'colour drift', (value) => Number(value).toFixed(2)],
]
/** What a person has begun to write, by job and step: an event from elsewhere must not take it away. */
const drafts = new Map()
let drawn = null

/** Draws the panel for the state. `tools` has `say(sentence)`, `draw()` and `choose(jobID, stepID)`. */
export function drawActions(state, tools) {
  const { job, step } = state
  const key = JSON.stringify([job?.id, job?.status, job?.metadata?.held, step, state.candidate, state.busy, isPainting(), hasMask(), state.providers, state.runs.length])
  if (key === drawn) return
  drawn = key
  const focus = document.activeElement?.id
  const at = document.activeElement?.selectionStart
  if (!job) panel.replaceChildren(h('p', { class: 'quiet' }, 'Choose a job to see what can be done with it.'))
  else if (step) panel.replaceChildren(...stepPanel(state, tools))
  else panel.replaceChildren(...jobPanel(state, tools))
  const again = focus ? panel.querySelector(`#${CSS.escape(focus)}`) : null
  again?.focus()
  if (again && at !== undefined && at !== null && again.setSelectionRange) again.setSelectionRange(at, at)
}

// Jobs

function jobPanel(state, tools) {
  const { job } = state
  const act = (verb, sentence) => () => carryOut(state, tools, sentence, () => service.onJob(job.id, verb))
  const isHeld = job.metadata.held === true
  const isOpen = ['IDLE', 'PLANNED', 'RUNNING'].includes(job.status)
  return [
    h('h2', {}, job.metadata.source_name ?? 'Picture'),
    h('p', {}, h('span', { class: `chip ${job.status}${isHeld ? ' held' : ''}` }, isHeld ? 'paused' : spoken[job.status]), ' ', h('span', { class: 'quiet' }, `since ${clock(job.updated_at)}`)),
    reason(job.metadata.reason ?? job.steps.find((step) => step.reason && ['NEEDS_REVIEW', 'FAILED'].includes(step.status))?.reason, job.status === 'FAILED'),
    job.plan?.scene_summary && h('p', {}, job.plan.scene_summary),
    h('div', { class: 'buttons' },
      link('Download as ZIP', service.export(job.id), `${job.metadata.source_name ?? 'job'}.zip`),
      isOpen && !isHeld && button('Pause', act('pause', 'Paused.')),
      (isHeld || job.status === 'CANCELLED') && button('Go on', act('resume', 'Goes on.'), 'primary'),
      // A step that failed is run again by itself; without steps it is the plan that failed.
      job.status === 'FAILED' && job.steps.length === 0 && button('Try again', act('plan', 'Planned again.'), 'primary'),
      !['DONE', 'CANCELLED'].includes(job.status) && button('Stop', act('cancel', 'Stopped.')),
      !isOpen && button('Remove for good', () => remove(state, tools), 'danger'),
    ),
    layers(job, tools),
    h('p', { class: 'quiet small' }, `Folder: ${job.metadata.face ?? ''}`),
  ].filter(Boolean)
}

function layers(job, tools) {
  const made = job.steps.filter((step) => step.output_asset_id && ['SUCCESS', 'NEEDS_REVIEW'].includes(step.status) && step.type !== 'ANALYZE')
  if (made.length === 0) return null
  return h('ul', { class: 'thumbs', 'aria-label': 'Pictures made' }, made.map((step) =>
    h('li', {}, h('button', { type: 'button', onclick: () => tools.choose(job.id, step.id), title: step.name },
      h('img', { src: service.asset(job.id, step.output_asset_id), alt: step.name, loading: 'lazy' }), h('span', {}, step.name)))))
}

async function remove(state, tools) {
  const name = state.job.metadata.source_name
  if (!window.confirm(`Remove ${name} with everything that was made of it, also from the folders? This cannot be undone.`)) return
  await carryOut(state, tools, `${name} was removed.`, async () => {
    await service.remove(state.job.id)
    state.jobs.delete(state.job.id)
    tools.choose(null, null)
  })
}

// Steps

function stepPanel(state, tools) {
  const { job, step } = state
  const draft = draftOf(job, step)
  const isRunning = step.status === 'RUNNING'
  const isMaking = step.type !== 'ANALYZE'
  return [
    h('p', { class: 'quiet small crumb' }, h('button', { type: 'button', class: 'plain', onclick: () => tools.choose(job.id, null) }, job.metadata.source_name), ` · step ${step.index} of ${job.steps.length}`),
    h('h2', {}, step.name),
    h('p', {}, h('span', { class: `chip ${step.status}` }, spoken[step.status]), ' ', h('span', { class: 'quiet' }, step.type.replace('_', ' ').toLowerCase())),
    reason(step.reason, step.status === 'FAILED'),
    ...stepButtons(state, tools, draft, isRunning),
    isMaking && promptField(state, step, draft, tools),
    maskChoice(state, step, draft, tools),
    isMaking && serviceChoice(state, step, draft),
    metrics(step),
    tries(state, step, tools),
    runs(state),
  ].filter(Boolean)
}

function draftOf(job, step) {
  const key = `${job.id}/${step.id}`
  const run = `${step.last_run_id}/${step.custom_prompt}`
  let draft = drafts.get(key)
  if (!draft || (draft.run !== run && !draft.touched)) {
    draft = {
      run, touched: false, prompt: step.custom_prompt ?? step.prompt, mask: step.mask_mode === 'NONE' ? 'none' : 'keep',
      provider: step.image_config?.provider ?? '', model: step.image_config?.model ?? '', min: '', max: '',
    }
    drafts.set(key, draft)
  }
  return draft
}

function stepButtons(state, tools, draft, isRunning) {
  const { job, step } = state
  const possible = new Set(step.actions_available)
  const isWaiting = step.status === 'QUEUED'
  const number = step.outputs_history.findIndex((entry) => entry.asset_id === state.candidate) + 1
  const pick = number > 0 ? { pick: number } : undefined
  const act = (verb, sentence, change) => () => carryOut(state, tools, sentence, () => service.onStep(job.id, step.id, verb, change))
  const retrying = (verb) => () => retry(state, tools, draft, verb)
  const main = h('div', { class: 'buttons main' },
    button(isWaiting ? 'Change and run' : 'Retry', retrying('retry'), 'primary', isRunning, 'retry'),
    button(state.candidate ? 'Accept this try' : 'Accept', act('accept', `${step.name} accepted.`, pick), step.status === 'NEEDS_REVIEW' ? 'good' : '', isRunning || !(pick || possible.has('ACCEPT')), 'accept'),
    button('Skip', act('skip', `${step.name} skipped.`), '', isRunning || step.status === 'SKIPPED', 'skip'),
  )
  const minor = h('div', { class: 'buttons minor' },
    step.type === 'EXTRACT' && button('Background removal', retrying('bg-remove'), '', isRunning),
    step.type === 'EXTRACT' && button('Plate and retry', retrying('plate-and-retry'), '', isRunning || isWaiting),
    button('Stop the job', act('stop', 'Stopped.'), 'danger', ['DONE', 'CANCELLED'].includes(job.status), 'stop'),
  )
  return [main, minor]
}

async function retry(state, tools, draft, verb) {
  const { job, step } = state
  const change = {}
  if (draft.prompt.trim() && draft.prompt !== (step.custom_prompt ?? step.prompt)) change.custom_prompt = draft.prompt.trim()
  if (draft.provider || draft.model) change.image_config = { provider: draft.provider || null, model: draft.model || null }
  if (draft.min !== '') change.min_nonwhite = Number(draft.min) / 100
  if (draft.max !== '') change.max_nonwhite = Number(draft.max) / 100
  if (draft.mask === 'none' && step.mask_mode !== 'NONE') change.mask_mode = 'NONE'
  await carryOut(state, tools, `${step.name} runs again.`, async () => {
    if (isPainting() && hasMask()) {
      const asset = await service.mask(job.id, step.id, await maskBlob())
      change.mask_mode = 'MANUAL'
      change.mask_asset_id = asset.id
    }
    const changed = await service.onStep(job.id, step.id, verb, change)
    endPainting()
    drafts.delete(`${job.id}/${step.id}`)
    return changed
  })
}

function promptField(state, step, draft, tools) {
  const text = h('textarea', { id: 'prompt', rows: '5', spellcheck: 'true' })
  text.value = draft.prompt
  text.addEventListener('input', () => {
    draft.prompt = text.value
    draft.touched = true
  })
  const others = [step.prompt, ...step.prompt_variations].filter((wording, index, all) => wording && all.indexOf(wording) === index)
  return h('div', { class: 'field' },
    h('label', { for: 'prompt' }, 'Prompt'), text,
    others.length > 1 && h('details', {}, h('summary', {}, `${others.length} wordings of the plan`),
      h('ol', { class: 'wordings' }, others.map((wording) =>
        h('li', {}, h('button', {
          type: 'button', class: 'plain', 'aria-pressed': draft.prompt === wording ? 'true' : 'false',
          onclick: () => {
            draft.prompt = wording
            draft.touched = true
            text.value = wording
            text.focus()
          },
        }, wording))))))
}

function maskChoice(state, step, draft, tools) {
  const radio = (value, name, isPossible = true) => {
    const input = h('input', { type: 'radio', name: 'mask', value, id: `mask-${value}`, disabled: !isPossible })
    input.checked = (isPainting() ? 'paint' : draft.mask) === value
    input.addEventListener('change', () => {
      draft.mask = value === 'paint' ? draft.mask : value
      if (value === 'paint') beginPainting(tools.draw)
      else endPainting()
      tools.draw()
    })
    return h('label', { class: 'choice', for: `mask-${value}` }, input, name)
  }
  return h('fieldset', { class: 'field' }, h('legend', {}, 'Mask'),
    radio('none', 'none'), radio('keep', 'as it is', step.mask_asset_id !== null && step.mask_asset_id !== undefined), radio('paint', 'paint one'),
    isPainting() && h('p', { class: 'quiet small' }, hasMask() ? 'Retry sends the painted mask.' : 'Paint on the picture where the step works, then retry.'))
}

function serviceChoice(state, step, draft) {
  const providers = state.providers?.image_providers ?? []
  const select = h('select', { id: 'provider' }, h('option', { value: '' }, `as set up (${state.providers?.image ?? ''})`), providers.map((entry) => h('option', { value: entry.name }, entry.name)))
  select.value = draft.provider
  const model = h('input', { id: 'model', type: 'text', autocomplete: 'off' })
  const hint = () => (model.placeholder = providers.find((entry) => entry.name === draft.provider)?.default_model ?? 'its usual one')
  model.value = draft.model
  hint()
  select.addEventListener('change', () => {
    draft.provider = select.value
    draft.touched = true
    hint()
  })
  model.addEventListener('input', () => {
    draft.model = model.value.trim()
    draft.touched = true
  })
  const limit = (id, name, key, now) => {
    const input = h('input', { id, type: 'number', min: '0', max: '100', step: '0.1', placeholder: now === undefined ? '' : `${+(now * 100).toFixed(1)}` })
    input.value = draft[key]
    input.addEventListener('input', () => {
      draft[key] = input.value
      draft.touched = true
    })
    return h('label', { for: id }, name, input)
  }
  return h('details', { class: 'field' }, h('summary', {}, 'Service and limits'),
    h('label', { for: 'provider' }, 'Service', select), h('label', { for: 'model' }, 'Model', model),
    h('div', { class: 'pair' }, limit('min', 'At least, %', 'min', step.limits?.min_nonwhite), limit('max', 'At most, %', 'max', step.limits?.max_nonwhite)))
}

function metrics(step) {
  const values = step.validation?.metrics ?? {}
  const rows = shownMetrics.filter(([key]) => typeof values[key] === 'number')
  if (rows.length === 0) return null
  return h('dl', { class: 'metrics', 'aria-label': 'Measured' }, rows.flatMap(([key, name, form]) => [h('dt', {}, name), h('dd', {}, form(values[key]))]))
}

function tries(state, step, tools) {
  if (step.outputs_history.length < 2) return null
  const last = step.outputs_history.slice(-12)
  return h('div', { class: 'field' }, h('h3', {}, 'Tries'), h('ul', { class: 'thumbs' }, last.map((entry, index) =>
    h('li', {}, h('button', {
      type: 'button', 'aria-pressed': (state.candidate ?? step.output_asset_id) === entry.asset_id ? 'true' : 'false', title: entry.notes || entry.prompt,
      onclick: () => {
        state.candidate = entry.asset_id === step.output_asset_id ? null : entry.asset_id
        tools.draw()
      },
    }, h('img', { src: service.asset(state.job.id, entry.asset_id), alt: `Try ${index + 1}`, loading: 'lazy' }), h('span', {}, spoken[entry.status]))))))
}

function runs(state) {
  if (state.runs.length === 0) return null
  return h('details', { class: 'field' }, h('summary', {}, `${state.runs.length} ${state.runs.length === 1 ? 'run' : 'runs'}`), h('ol', { class: 'runs' }, [...state.runs].reverse().slice(0, 30).map((run) =>
    h('li', {}, `${clock(run.started_at)} · ${run.provider}${run.model ? ` ${run.model}` : ''} · ${run.finished_at ? span(new Date(run.finished_at) - new Date(run.started_at)) : ''} · ${spoken[run.status] ?? run.status}`,
      h('span', { class: 'quiet' }, run.error ?? run.validation?.notes ?? '')))))
}

// Parts

const reason = (sentence, isFailure = false) => (sentence ? h('p', { class: `reason${isFailure ? ' failure' : ''}` }, sentence) : null)
const link = (name, href, download) => h('a', { class: 'button', href, download }, name)
const button = (name, onclick, kind = '', isOff = false, id = name.toLowerCase().replaceAll(' ', '-')) => h('button', { type: 'button', class: kind, onclick, disabled: isOff, id }, name)

/** Does what was asked, once at a time, and says what came of it. */
async function carryOut(state, tools, sentence, action) {
  if (state.busy) return
  state.busy = true
  try {
    const job = await action()
    if (job?.steps && job.id === state.jobID) tools.take(job)
    tools.say(sentence)
  } catch (refusal) {
    tools.say(refusal.message, true)
  } finally {
    state.busy = false
    drawn = null
    tools.draw()
  }
}
