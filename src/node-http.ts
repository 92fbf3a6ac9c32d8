// Node's HTTP, without what it offers on demand: an import statement asks for all of that, and its WebSocket client alone takes 14 MB and a third of the time to start.
export const http = process.getBuiltinModule('node:http')
