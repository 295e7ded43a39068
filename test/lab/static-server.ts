import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join, normalize } from 'node:path'

/** One request that was answered. */
export interface ServedRequest {
  method: string
  path: string
  status: number
  /** Milliseconds since the epoch. */
  at: number
}

export interface StaticServer {
  port: number
  requests: ServedRequest[]
  stop(): Promise<void>
}

/**
 * Serve a folder's files over HTTP on a free port of loopback, as a package archive does: HEAD, conditional requests
 * (ETag and Last-Modified) and single byte ranges. What is not a file is 404.
 */
export async function serveFolder(folder: string): Promise<StaticServer> {
  const requests: ServedRequest[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://lab').pathname)
    response.on('close', () => {
      requests.push({ method: request.method ?? '', path, status: response.statusCode, at: Date.now() })
    })
    answer(join(folder, normalize(path)), request, response).catch(() => response.writeHead(500).end())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    requests,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) return void response.writeHead(404).end()
  const etag = `"${found.mtimeMs.toString(36)}-${found.size.toString(36)}"`
  const modified = new Date(Math.floor(found.mtimeMs / 1000) * 1000)
  const headers = { ETag: etag, 'Last-Modified': modified.toUTCString(), 'Accept-Ranges': 'bytes' }
  if (isUnchanged(request, etag, modified)) return void response.writeHead(304, headers).end()
  const range = wantedRange(request, etag, modified, found.size)
  if (range === 'unsatisfiable') {
    return void response.writeHead(416, { 'Content-Range': `bytes */${found.size}` }).end()
  }
  const { start, end } = range ?? { start: 0, end: found.size - 1 }
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'Content-Length': end - start + 1,
    ...(range ? { 'Content-Range': `bytes ${start}-${end}/${found.size}` } : {}),
  })
  if (request.method === 'HEAD' || found.size === 0) return void response.end()
  createReadStream(file, { start, end })
    .on('error', () => response.destroy())
    .pipe(response)
}

function isUnchanged({ headers }: IncomingMessage, etag: string, modified: Date): boolean {
  if (headers['if-none-match']) return headers['if-none-match'] === etag
  const since = headers['if-modified-since']
  return since !== undefined && new Date(since) >= modified
}

/** The bytes (both ends included) that the request asks for; undefined for all of them. */
function wantedRange(
  { headers }: IncomingMessage,
  etag: string,
  modified: Date,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  if (first === undefined) return undefined
  const condition = headers['if-range']
  if (typeof condition === 'string' && condition !== etag && condition !== modified.toUTCString()) return undefined
  const start = Number(first)
  if (start >= size) return 'unsatisfiable'
  return { start, end: last ? Math.min(Number(last), size - 1) : size - 1 }
}
