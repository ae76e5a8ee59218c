// The picture in the middle: what is shown, on which background, how large.

import { h, service } from './service.js'

const stage = document.getElementById('stage')
const pixel = document.getElementById('pixel')
const views = [['source', 'Source'], ['result', 'Result'], ['compare', 'Compare'], ['problems', 'Problems']]
const grounds = [['checker', 'Checker'], ['white', 'White'], ['black', 'Black'], ['none', 'As it is']]
/** `wanted` is what a person chose; `what` is shown, because not every step has everything. */
const view = { wanted: 'result', what: 'source', ground: 'checker', zoom: null, slide: 50, shown: null }
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
  view.what = what?.[view.wanted] ? view.wanted : what?.result ? 'result' : 'source'
  const key = JSON.stringify([what, view.what, view.ground, state.jobs.size > 0])
  drawChoices(what)
  if (key === view.shown) return
  view.shown = key
  if (!what) {
    frame = null
    stage.setAttribute('aria-label', 'No picture yet')
    return stage.replaceChildren(hint(state.jobs.size > 0))
  }
  const label = describe(job, step)
  // Its size is known before it arrives: so what is looked at stays where it is when another view is chosen.
  frame = pictures(what, label)
  frame.naturalWidth = what.width
  frame.naturalHeight = what.height
  stage.replaceChildren(frame)
  stage.setAttribute('aria-label', label)
  resize()
}

const hint = (hasJobs) => h('p', { class: 'hint' }, h('img', { src: '/page/icon.svg', alt: '' }), h('br'),
  hasJobs ? 'Choose a job on the left.' : 'Drop pictures here, or into the inbox folder. Each becomes layers and a clean plate.')

/** The addresses of everything that can be shown of a step. */
function contents(job, step, candidate) {
  const url = (id) => (id && job.assets[id] ? service.asset(job.id, id) : null)
  // Of the job as a whole it is what is left when all layers are taken off.
  const output = candidate ?? (step ? step.output_asset_id : job.steps.findLast((made) => made.type === 'REMOVE' && made.status === 'SUCCESS')?.output_asset_id)
  const matte = candidate && candidate !== step?.output_asset_id ? null : step?.matte_asset_id
  const source = url(step?.input_asset_id) ?? url(job.source_image)
  const asset = job.assets[output] ?? job.assets[job.source_image]
  const hasProblems = step && !candidate && ['NEEDS_REVIEW', 'FAILED'].includes(step.status) && step.validation && !step.validation.passed && step.type !== 'ANALYZE'
  return {
    source, result: url(output), matte: url(matte), width: asset?.width ?? 1, height: asset?.height ?? 1,
    compare: url(output) ? source : null,
    problems: hasProblems && url(output) ? service.problems(job.id, step.id, step.last_run_id) : null,
  }
}

function describe(job, step) {
  const result = step ? 'The result' : 'The plate, without all layers'
  const name = { source: 'The picture before', result, compare: 'Before and after', problems: 'Problems' }[view.what]
  return step ? `${name}, step ${step.index}, ${step.name}, ${job.metadata.source_name}` : `${name}, ${job.metadata.source_name}`
}

function pictures(what, label) {
  const holder = h('div', { class: `frame ${view.what === 'source' || view.what === 'problems' ? 'none' : view.ground}` })
  const image = (src, name) => {
    const element = h('img', { src, alt: label, class: name, draggable: false, decoding: 'async' })
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
  // Problems have a caption below.
  holder.naturalWidth = image.naturalWidth
  holder.naturalHeight = image.naturalHeight
  resize()
  readOut(-1, -1)
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

/** Buttons of which one is chosen. They are made once, so that the keyboard's focus stays on them. */
function choiceOf(holder, choices, chosen, isPossible, choose) {
  const group = document.getElementById(holder)
  if (!group.firstChild) group.append(...choices.map(([value, name]) => h('button', { type: 'button', 'data-value': value, onclick: () => choose(value) }, name)))
  for (const button of group.children) {
    button.disabled = !isPossible(button.dataset.value)
    button.setAttribute('aria-pressed', chosen === button.dataset.value ? 'true' : 'false')
  }
}

let redraw = () => {}

function drawChoices(what) {
  choiceOf('views', views, view.what, (value) => Boolean(what?.[value]), show)
  choiceOf('grounds', grounds, view.ground, () => Boolean(what?.result), (value) => {
    view.ground = value
    redraw()
  })
}

/** Shows source, result, compare or problems. */
export function show(what) {
  view.wanted = what
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
    readOut(Math.floor((event.clientX - here.left) / scale()), Math.floor((event.clientY - here.top) / scale()))
    if (!grip) return
    stage.scrollLeft = grip.left - event.clientX
    stage.scrollTop = grip.top - event.clientY
  })
  stage.addEventListener('pointerdown', (event) => {
    if (event.button > 0 || event.pointerType !== 'mouse' || event.target.closest('input, canvas')) return
    grip = { left: stage.scrollLeft + event.clientX, top: stage.scrollTop + event.clientY }
  })
  addEventListener('pointerup', () => (grip = null))
}

/** Where the mouse has taken hold of the picture, to move it. */
let grip = null
const probe = h('canvas', { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })

/** Says the picture's size, and what the pixel at this place holds. */
function readOut(x, y) {
  const size = `${frame.naturalWidth} × ${frame.naturalHeight}`
  const image = [...frame.querySelectorAll('img')].findLast((image) => image.complete && image.naturalWidth > 0)
  if (!image || x < 0 || y < 0 || x >= image.naturalWidth || y >= image.naturalHeight) return (pixel.textContent = size)
  probe.clearRect(0, 0, 1, 1)
  probe.drawImage(image, x, y, 1, 1, 0, 0, 1, 1)
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data
  pixel.textContent = `${size}   ${x}, ${y}   ${red} ${green} ${blue}`
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
