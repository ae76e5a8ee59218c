// Painting a mask on the picture: white is where the step works. The mask has the picture's own pixels.

import { currentFrame, scale } from './preview.js'
import { h } from './service.js'

const stage = document.getElementById('stage')
const tools = document.getElementById('paint-tools')
/** Pixels that may be kept for undoing, in all. */
const undoPixels = 64e6
let paint = null
/** What to call when painting begins with the picture that is still on its way. */
let waiting = null

export const isPainting = () => paint !== null
/** Whether anything has been painted. */
export const hasMask = () => paint !== null && paint.hasContent

/** Begins a mask on the picture that is shown; `changed` is called when there is more or less of it. */
export function beginPainting(changed) {
  const frame = currentFrame()
  waiting = frame ? null : changed
  if (!frame) return
  const canvas = h('canvas', { class: 'mask', width: frame.naturalWidth, height: frame.naturalHeight })
  const cursor = h('div', { class: 'brush', 'aria-hidden': 'true' })
  paint = {
    canvas, cursor, changed, context: canvas.getContext('2d', { willReadFrequently: true }), size: Math.max(8, Math.round(frame.naturalWidth / 25)),
    erases: false, undo: [], last: null, hasContent: false, x: frame.naturalWidth / 2, y: frame.naturalHeight / 2,
  }
  attach()
  drawTools()
  stage.focus()
}

export function endPainting() {
  waiting = null
  paint?.canvas.remove()
  paint?.cursor.remove()
  paint = null
  tools.hidden = true
}

/** Puts the canvas above the picture; after the picture was drawn again, also. */
export function attach() {
  const frame = currentFrame()
  if (waiting && frame) return beginPainting(waiting)
  if (!paint || !frame) return
  if (frame.naturalWidth !== paint.canvas.width || frame.naturalHeight !== paint.canvas.height) return endPainting()
  frame.append(paint.canvas, paint.cursor)
  paint.canvas.onpointerdown = begin
  paint.canvas.onpointermove = move
  paint.canvas.onpointerup = finish
  paint.canvas.onpointercancel = finish
  place()
}

function place() {
  const factor = scale()
  const size = Math.max(4, paint.size * factor)
  paint.cursor.style.width = `${size}px`
  paint.cursor.style.height = `${size}px`
  paint.cursor.style.left = `${paint.x * factor}px`
  paint.cursor.style.top = `${paint.y * factor}px`
  paint.cursor.classList.toggle('erases', paint.erases)
}

function position(event) {
  const here = paint.canvas.getBoundingClientRect()
  return { x: (event.clientX - here.left) * (paint.canvas.width / here.width), y: (event.clientY - here.top) * (paint.canvas.height / here.height) }
}

function begin(event) {
  if (event.button > 0) return
  event.preventDefault()
  paint.canvas.setPointerCapture(event.pointerId)
  remember()
  paint.last = position(event)
  stroke(paint.last, paint.last)
}

function move(event) {
  const point = position(event)
  paint.x = point.x
  paint.y = point.y
  place()
  if (!paint.last) return
  stroke(paint.last, point)
  paint.last = point
}

function finish() {
  if (!paint?.last) return
  paint.last = null
  look()
}

function stroke(from, to) {
  const context = paint.context
  context.globalCompositeOperation = paint.erases ? 'destination-out' : 'source-over'
  context.strokeStyle = '#ff00ff'
  context.lineWidth = paint.size
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.lineTo(to.x + 0.01, to.y)
  context.stroke()
}

function remember() {
  const { canvas, context } = paint
  paint.undo.push(context.getImageData(0, 0, canvas.width, canvas.height))
  const most = Math.max(1, Math.min(20, Math.floor(undoPixels / (canvas.width * canvas.height))))
  if (paint.undo.length > most) paint.undo.shift()
}

function look() {
  const { data } = paint.context.getImageData(0, 0, paint.canvas.width, paint.canvas.height)
  paint.hasContent = false
  for (let index = 3; index < data.length; index += 4) {
    if (data[index] > 127) {
      paint.hasContent = true
      break
    }
  }
  drawTools()
  paint.changed()
}

function undo() {
  const before = paint.undo.pop()
  if (before) paint.context.putImageData(before, 0, 0)
  look()
}

function invert() {
  remember()
  const { canvas, context } = paint
  const image = context.getImageData(0, 0, canvas.width, canvas.height)
  for (let index = 0; index < image.data.length; index += 4) {
    const isPainted = image.data[index + 3] > 127
    image.data.set(isPainted ? [0, 0, 0, 0] : [255, 0, 255, 255], index)
  }
  context.putImageData(image, 0, 0)
  look()
}

function resize(factor) {
  paint.size = Math.min(2000, Math.max(1, Math.round(paint.size * factor)))
  drawTools()
  place()
}

function drawTools() {
  tools.hidden = false
  const tool = (name, erases) =>
    h('button', {
      type: 'button', 'aria-pressed': paint.erases === erases ? 'true' : 'false',
      onclick: () => {
        paint.erases = erases
        drawTools()
        place()
      },
    }, name)
  const size = h('input', { type: 'range', min: '1', max: '400', value: `${paint.size}`, 'aria-label': 'Brush size in pixels' })
  size.addEventListener('input', () => {
    paint.size = Number(size.value)
    place()
  })
  tools.replaceChildren(
    h('div', { class: 'group', role: 'group', 'aria-label': 'Tool' }, tool('Brush', false), tool('Eraser', true)),
    h('label', { class: 'size' }, 'Size', size),
    h('button', { type: 'button', disabled: paint.undo.length === 0, onclick: undo }, 'Undo'),
    h('button', { type: 'button', onclick: invert }, 'Invert'),
    h('button', { type: 'button', disabled: !paint.hasContent, onclick: clear }, 'Clear'),
  )
}

function clear() {
  remember()
  paint.context.clearRect(0, 0, paint.canvas.width, paint.canvas.height)
  look()
}

/** What a key does to the mask; false if it means nothing here. */
export function paintingKey(event) {
  const by = Math.max(1, Math.round(paint.size / 3))
  const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }
  if (moves[event.key] && document.activeElement === stage) {
    paint.x = Math.min(paint.canvas.width, Math.max(0, paint.x + moves[event.key][0]))
    paint.y = Math.min(paint.canvas.height, Math.max(0, paint.y + moves[event.key][1]))
    place()
  } else if (event.key === ' ' && document.activeElement === stage) {
    remember()
    stroke({ x: paint.x, y: paint.y }, { x: paint.x, y: paint.y })
    look()
  } else if (event.key === '[') resize(1 / 1.25)
  else if (event.key === ']') resize(1.25)
  else if (event.key === 'e') {
    paint.erases = !paint.erases
    drawTools()
    place()
  } else if (event.key === 'z') undo()
  else return false
  return true
}

/** The mask as a PNG of the picture's size: white where painted, black elsewhere. */
export function maskBlob() {
  const { canvas, context } = paint
  const image = context.getImageData(0, 0, canvas.width, canvas.height)
  for (let index = 0; index < image.data.length; index += 4) {
    const value = image.data[index + 3] > 127 ? 255 : 0
    image.data.set([value, value, value, 255], index)
  }
  const flat = h('canvas', { width: canvas.width, height: canvas.height })
  flat.getContext('2d').putImageData(image, 0, 0)
  return new Promise((resolve) => flat.toBlob(resolve, 'image/png'))
}
