// The picture in the middle: what is shown, on which background, how large.

import { h, service } from './service.js'

const stage = document.getElementById('stage')
const pixel = document.getElementById('pixel')
const views = [['source', 'Source'], ['result', 'Result'], ['compare', 'Compare'], ['problems', 'Problems']]
const grounds = [['checker', 'Checker'], ['white', 'White'], ['black', 'Black'], ['none', 'As it is']]
const view = { what: 'source', ground: 'checker', zoom: null, slide: 50, shown: null, wanted: 'source' }
let frame = null

/** The element that holds the pictures at their zoom; a mask is painted above them in it. */
export const currentFrame = () => frame

/** The share of real pixels to screen pixels: 1 shows one by one. */
export function scale() {
  if (!frame) return 1
  if (view.zoom) return view.zoom
  const room = stage.getBoundingClientRect()
  const fit = Math.min((room.width - 24) / frame.naturalWidth, (room.height - 24) / frame.naturalHeight)
  return Math.min(fit > 0 ? fit : 1, 8)
}

/** Shows the chosen step of the job, or its source; `candidate` is one of the step's tries. */
export function drawPreview(state) {
  const { job, step, candidate } = state
  const what = job ? contents(job, step, candidate) : null
  const key = JSON.stringify([what, view.what, view.ground])
  drawChoices(what)
  if (key === view.shown) return
  view.shown = key
  frame = null
  if (!what) return stage.replaceChildren()
  if (!what[view.what]) view.what = what.result ? 'result' : 'source'
  const parts = pictures(what)
  stage.replaceChildren(parts)
  stage.setAttribute('aria-label', describe(job, step))
}

/** The addresses of everything that can be shown of a step. */
function contents(job, step, candidate) {
  const url = (id) => (id && job.assets[id] ? service.asset(job.id, id) : null)
  const output = candidate ?? step?.output_asset_id
  const matte = candidate && candidate !== step?.output_asset_id ? null : step?.matte_asset_id
  const source = url(step?.input_asset_id) ?? url(job.source_image)
  const asset = job.assets[output] ?? job.assets[job.source_image]
  // They are marked once the job waits as a whole.
  const hasProblems = step && !candidate && ['PAUSED', 'FAILED'].includes(job.status) && ['NEEDS_REVIEW', 'FAILED'].includes(step.status) && step.validation && !step.validation.passed && step.type !== 'ANALYZE'
  return {
    source, result: url(output), matte: url(matte), width: asset?.width, height: asset?.height,
    compare: url(output) ? source : null,
    problems: hasProblems && url(output) ? service.problems(job.id, step.id, step.last_run_id) : null,
  }
}

function describe(job, step) {
  const name = { source: 'The picture before', result: 'The result', compare: 'Before and after', problems: 'Problems' }[view.what]
  return step ? `${name}, step ${step.index}, ${step.name}, ${job.metadata.source_name}` : `${name}, ${job.metadata.source_name}`
}

function pictures(what) {
  const holder = h('div', { class: `frame ${view.what === 'source' || view.what === 'problems' ? 'none' : view.ground}` })
  const image = (src, name) => {
    const element = h('img', { src, alt: '', class: name, draggable: 'false', decoding: 'async' })
    element.draggable = false
    element.addEventListener('load', () => arrived(holder, element))
    element.addEventListener('error', () => holder.classList.add('missing'))
    return element
  }
  if (view.what === 'compare') {
    const top = image(what.result, 'after')
    cut(top, what.matte)
    const slider = h('input', { type: 'range', min: '0', max: '100', step: '0.5', value: `${view.slide}`, class: 'slide', 'aria-label': 'Before and after' })
    const line = h('div', { class: 'slide-line', 'aria-hidden': 'true' })
    const ground = h('div', { class: `after-ground ${view.ground}` }, top)
    const move = () => {
      view.slide = Number(slider.value)
      ground.style.clipPath = `inset(0 0 0 ${view.slide}%)`
      line.style.left = `${view.slide}%`
    }
    slider.addEventListener('input', move)
    holder.append(image(what.source, 'before'), ground, line, slider)
    move()
  } else {
    const element = image(what[view.what], view.what)
    if (view.what === 'result') cut(element, what.matte)
    holder.append(element)
  }
  return holder
}

/** Shows only what the matte keeps, where the background is not wanted as it is. */
function cut(image, matte) {
  if (!matte || view.ground === 'none') return
  image.style.maskImage = `url("${matte}")`
  image.classList.add('cut')
}

function arrived(holder, image) {
  // A picture that was on its way when another was chosen.
  if (!holder.isConnected) return
  holder.naturalWidth = image.naturalWidth
  holder.naturalHeight = image.naturalHeight
  frame = holder
  resize()
  stage.dispatchEvent(new CustomEvent('picture'))
}

/** Gives the pictures their size on the screen. */
export function resize() {
  if (!frame) return
  const factor = scale()
  frame.style.width = `${frame.naturalWidth * factor}px`
  frame.style.height = `${frame.naturalHeight * factor}px`
  frame.classList.toggle('pixels', factor >= 2)
  document.getElementById('zoom-value').textContent = view.zoom ? `${Math.round(factor * 100)} %` : 'fit'
}

function zoomBy(factor, at) {
  if (!frame) return
  const before = scale()
  const room = stage.getBoundingClientRect()
  const point = at ?? { x: room.left + room.width / 2, y: room.top + room.height / 2 }
  const here = frame.getBoundingClientRect()
  const x = (point.x - here.left) / before
  const y = (point.y - here.top) / before
  view.zoom = Math.min(32, Math.max(0.02, before * factor))
  resize()
  const now = frame.getBoundingClientRect()
  stage.scrollLeft += now.left + x * view.zoom - point.x
  stage.scrollTop += now.top + y * view.zoom - point.y
}

function radios(holder, choices, chosen, isPossible, choose) {
  document.getElementById(holder).replaceChildren(
    ...choices.map(([value, name]) =>
      h('button', {
        type: 'button', role: 'radio', 'aria-checked': chosen === value ? 'true' : 'false', disabled: !isPossible(value),
        'data-value': value, onclick: () => choose(value),
      }, name)),
  )
}

let redraw = () => {}

function drawChoices(what) {
  radios('views', views, view.what, (value) => Boolean(what?.[value]), show)
  radios('grounds', grounds, view.ground, () => Boolean(what?.result), (value) => {
    view.ground = value
    redraw()
  })
}

/** Shows source, result, compare or problems. */
export function show(what) {
  view.what = what
  redraw()
}

/** Makes the tools work; `draw` draws the preview again. */
export function startPreview(draw) {
  redraw = draw
  const on = (id, action) => document.getElementById(id).addEventListener('click', action)
  on('zoom-in', () => zoomBy(1.5))
  on('zoom-out', () => zoomBy(1 / 1.5))
  on('zoom-fit', fit)
  on('zoom-one', () => {
    view.zoom = 1
    resize()
  })
  new ResizeObserver(resize).observe(stage)
  stage.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, { x: event.clientX, y: event.clientY })
  }, { passive: false })
  stage.addEventListener('pointermove', (event) => {
    if (!frame) return
    const here = frame.getBoundingClientRect()
    const x = Math.floor((event.clientX - here.left) / scale())
    const y = Math.floor((event.clientY - here.top) / scale())
    const isInside = x >= 0 && y >= 0 && x < frame.naturalWidth && y < frame.naturalHeight
    pixel.textContent = `${frame.naturalWidth} × ${frame.naturalHeight}${isInside ? `   ${x}, ${y}` : ''}`
  })
}

function fit() {
  view.zoom = null
  resize()
}

/** What a key does to the view; false if it means nothing here. */
export function previewKey(key) {
  const number = Number(key)
  if (number >= 1 && number <= views.length) show(views[number - 1][0])
  else if (key === '+' || key === '=') zoomBy(1.5)
  else if (key === '-') zoomBy(1 / 1.5)
  else if (key === '0') fit()
  else if (key === 'b') {
    const index = grounds.findIndex(([value]) => value === view.ground)
    view.ground = grounds[(index + 1) % grounds.length][0]
    redraw()
  } else return false
  return true
}
