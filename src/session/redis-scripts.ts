// What Redis does in one step, in Lua. Each script touches one key, so that a cluster can run it; each may run twice.

/** KEYS session; ARGV sealed, revision, seenAt, startedAt, summary, keepMs */
export const keepSession = `
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'revision', ARGV[2], 'seen', ARGV[3], 'started', ARGV[4], 'summary', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1`

/** KEYS session; ARGV seenAt, keepMs. Answers the later of both times and the longest rest, nothing when the session is over. */
export const touchSession = `
local clock = redis.call('HMGET', KEYS[1], 'seen', 'rested')
if not clock[1] then return false end
local rest = tonumber(ARGV[1]) - tonumber(clock[1])
local rested = math.max(rest, tonumber(clock[2] or 0))
if rest <= 0 then return { clock[1], string.format('%d', rested) } end
redis.call('HSET', KEYS[1], 'seen', ARGV[1], 'rested', string.format('%d', rested))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { ARGV[1], string.format('%d', rested) }`

/** KEYS session; ARGV revision, sealed, summary, channel, message */
export const replaceSession = `
local revision = redis.call('HGET', KEYS[1], 'revision')
if not revision or tonumber(revision) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'sealed', ARGV[2], 'summary', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1`

/** KEYS session; ARGV channel, message */
export const dropSession = `
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1`

/** KEYS session; ARGV startedBefore, channel, message. What stays says why, for as long as the session would have lasted. */
export const revokeSession = `
if redis.call('HEXISTS', KEYS[1], 'over') == 1 then return 'ended' end
local started = redis.call('HGET', KEYS[1], 'started')
if not started then return 'gone' end
if tonumber(started) >= tonumber(ARGV[1]) then return 'younger' end
local left = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'over', '1')
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 'ended'`

/** KEYS index; ARGV startedAt, id, keepMs, oldest. What started before \`oldest\` is over by its absolute limit. */
export const enlist = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

/** KEYS list; ARGV startedBefore, name, keepMs, oldest, channel, message */
export const addVoid = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`

/** KEYS lock or mark; ARGV token, ttlMs. 1: it is ours, now or since an answer that got lost. */
export const claim = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`

/** KEYS lock; ARGV token, ttlMs */
export const renewClaim = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

/** KEYS lock; ARGV token */
export const releaseClaim = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/** KEYS bucket; ARGV costMs, perMs. What core/rate.ts does, by the clock of Redis; it keeps nothing of whom has rested. */
export const spendAllowance = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local cost, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or now)
local after = math.min(math.max(full, now), now + period) + cost
local wait = after - now - period
if wait > cost / 2 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
return 0`
