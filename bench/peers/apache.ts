// Apache as Debian packages it (event MPM): a bare proxy, and one with mod_auth_openidc, which keeps sessions in its cache or in the cookie.
import { randomBytes } from 'node:crypto'
import { freePort } from '../../test/support/gate.ts'
import { launch } from '../program.ts'
import { everybody, GROUP, type Ground, knownPeople, type Peer, type PeerKind } from './peer.ts'
import { signIn } from './sign-in.ts'

type Sessions = 'server-cache' | 'client-cookie'

export const apache: PeerKind = { name: 'Apache', needs: ['apache2'], start: ground => start(ground, undefined) }

export const apacheServerCache: PeerKind = {
  name: 'Apache + mod_auth_openidc, server cache',
  needs: ['apache2', 'libapache2-mod-auth-openidc'],
  start: ground => start(ground, 'server-cache'),
}

export const apacheClientCookie: PeerKind = {
  name: 'Apache + mod_auth_openidc, client cookie',
  needs: ['apache2', 'libapache2-mod-auth-openidc'],
  start: ground => start(ground, 'client-cookie'),
}

async function start(ground: Ground, sessions: Sessions | undefined): Promise<Peer> {
  const port = await freePort()
  const host = `localhost:${port}`
  const callback = `http://${host}/app-10/callback`
  if (sessions) await ground.provider.register([callback])
  const login = sessions ? gated(ground, sessions, callback) : ''
  const program = await launch(ground.stage, {
    ...{ cores: ground.cores, port, name: 'apache' },
    files: { 'apache.conf': configuration(port, ground.upstream, login) },
    command: folder => ['/usr/sbin/apache2', '-D', 'FOREGROUND', '-d', folder, '-f', `${folder}/apache.conf`],
  })
  if (!sessions) return { program, port, host, ...everybody }
  return { program, port, host, ...knownPeople, ...(await signIn(`http://${host}`, '/app-10/headers')) }
}

const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'headers']

/** Debian's numbers of threads and processes; only the limit of requests on one connection is lifted. */
const configuration = (port: number, upstream: number, login: string): string => `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile apache.pid
DefaultRuntimeDir .
ErrorLog errors
LogLevel warn
${modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
StartServers 2
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ProxyPreserveHost On
${login}
ProxyPass / http://127.0.0.1:${upstream}/
`

const gated = ({ provider }: Ground, sessions: Sessions, callback: string): string => `
LoadModule auth_openidc_module /usr/lib/apache2/modules/mod_auth_openidc.so
OIDCProviderMetadataURL ${provider.issuer}/.well-known/openid-configuration
OIDCClientID ${provider.client.clientId}
OIDCClientSecret ${provider.client.clientSecret}
OIDCRedirectURI ${callback}
OIDCCryptoPassphrase ${randomBytes(32).toString('hex')}
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCSessionType ${sessions}
OIDCPassClaimsAs headers
OIDCRemoteUserClaim preferred_username
<Location />
  AuthType openid-connect
  Require claim groups:${GROUP}
</Location>
`
