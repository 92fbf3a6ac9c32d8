// The demo application's own script, as text for its page: one websocket, one event stream.

export const appScript = `
const $ = id => document.getElementById(id)
const show = (id, word) => { $(id).textContent = word; $(id).className = 'state ' + word }

const socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/echo')
socket.onopen = () => show('echo-state', 'connected')
socket.onclose = () => show('echo-state', 'closed')
socket.onmessage = event => { $('echo-said').textContent = event.data; $('echo-said').className = 'said' }
const say = () => { if (socket.readyState === 1) socket.send($('echo-text').value) }
$('echo-text').oninput = say
$('echo-form').onsubmit = event => { event.preventDefault(); say() }

let ticks = 0
const events = new EventSource('/events')
events.onopen = () => show('clock-state', 'connected')
events.onerror = () => show('clock-state', 'closed')
events.onmessage = event => {
  $('clock').dateTime = event.data
  $('clock').textContent = new Date(event.data).toLocaleTimeString('en-GB')
  $('ticks').textContent = ++ticks
}
`
