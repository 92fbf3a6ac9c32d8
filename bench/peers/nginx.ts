// nginx as Debian packages it, one worker, connections to the upstream kept alive, no access log: the practical limit of a proxy.
import { freePort } from '../../test/support/gate.ts'
import { launch } from '../program.ts'
import { AUTH_REQUEST_COOKIE } from '../upstream.ts'
import { everybody, type Ground, knownPeople, type Peer, type PeerKind } from './peer.ts'

export const nginx: PeerKind = { name: 'nginx', needs: ['nginx'], start: ground => start(ground, false) }

export const nginxAuthRequest: PeerKind = {
  name: 'nginx + auth_request',
  needs: ['nginx'],
  start: ground => start(ground, true),
}

async function start({ stage, cores, upstream }: Ground, asks: boolean): Promise<Peer> {
  const port = await freePort()
  const program = await launch(stage, {
    ...{ cores, port, name: 'nginx' },
    files: { 'nginx.conf': configuration(port, upstream, asks) },
    command: folder => ['/usr/sbin/nginx', '-p', `${folder}/`, '-c', `${folder}/nginx.conf`, '-e', `${folder}/errors`],
  })
  return {
    program,
    port,
    host: `localhost:${port}`,
    ...(asks ? { ...knownPeople, cookies: sessionCookie } : everybody),
  }
}

/** Favourable to nginx where its defaults would cost it: uploads are streamed, answers never take the way over a file. */
const configuration = (port: number, upstream: number, asks: boolean): string => `
daemon off;
${process.getuid?.() === 0 ? 'user www-data;' : ''}
worker_processes 1;
pid nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  map $http_upgrade $upstream_connection { default upgrade; '' ''; }
  upstream application {
    server 127.0.0.1:${upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }
  proxy_http_version 1.1;
  proxy_set_header Connection $upstream_connection;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $host;
  ${asks ? 'proxy_set_header X-Forwarded-User $user;' : ''}
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      ${asks ? 'auth_request /who; auth_request_set $user $upstream_http_x_user;' : ''}
      proxy_pass http://application;
    }
    ${asks ? whoIsThis : ''}
  }
}
`

const sessionCookie = async () => AUTH_REQUEST_COOKIE

const whoIsThis = `location = /who {
      internal;
      proxy_pass http://application/auth;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }`
