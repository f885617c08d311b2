"""Lua scripts of the gates: each step is atomic for all workers together."""

# A slice counts until the youngest call that may be in it has left the window: in no window, wherever it begins, are
# there more calls than the limit, and a refused call takes nothing. Of several calls as many enter as have room. The
# clock is that of Redis alone.
# After a rest the first call is let through as a probe, and its time is the next rest of the others.
# KEYS: closed, pause, faults, broken, resting, one for each limit. ARGV: number of slices, milliseconds of a rest, how
# many calls, then calls and milliseconds of each limit.
ENTER = """
local reason = redis.call('GET', KEYS[1])
if reason then return {2, redis.call('PTTL', KEYS[1]), reason} end
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return {1, pause} end
local broken = redis.call('EXISTS', KEYS[4]) == 1
local rest = redis.call('PTTL', KEYS[5])
if broken and rest > 0 then return {3, rest} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local slices, wait = tonumber(ARGV[1]), 0
local enter = broken and 1 or tonumber(ARGV[3])
for i = 6, #KEYS do
  local calls, span = tonumber(ARGV[2 * i - 8]), tonumber(ARGV[2 * i - 7])
  local width = span / slices
  local flat, total, live = redis.call('HGETALL', KEYS[i]), 0, {}
  for j = 1, #flat, 2 do
    local slice, count = tonumber(flat[j]), tonumber(flat[j + 1])
    if (slice + 1) * width + span <= now then redis.call('HDEL', KEYS[i], flat[j])
    else total = total + count; live[#live + 1] = {slice, count} end
  end
  if total < calls then enter = math.min(enter, calls - total)
  else
    table.sort(live, function(a, b) return a[1] < b[1] end)
    for _, one in ipairs(live) do
      total = total - one[2]
      if total < calls then wait = math.max(wait, (one[1] + 1) * width + span - now); break end
    end
  end
end
if wait > 0 then return {1, math.ceil(wait)} end
for i = 6, #KEYS do
  local span = tonumber(ARGV[2 * i - 7])
  redis.call('HINCRBY', KEYS[i], string.format('%d', math.floor(now / (span / slices))), enter)
  redis.call('PEXPIRE', KEYS[i], math.ceil(span + span / slices) + 1000)
end
if broken then redis.call('SET', KEYS[5], 'a probe is under way', 'PX', ARGV[2]) end
if broken or redis.call('EXISTS', KEYS[3]) == 1 then return {0, 1, enter} end
return {0, 0, enter}
"""

# Many calls may be under way when the vendor says stop: only the first of them doubles the pause.
# KEYS: pause, strikes. ARGV: milliseconds asked for by the vendor or 0, first pause, longest pause.
PAUSE = """
local left = redis.call('PTTL', KEYS[1])
local wait = tonumber(ARGV[1])
if wait == 0 then
  if left > 0 then return left end
  local strikes = redis.call('INCR', KEYS[2])
  wait = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(strikes - 1, 20))
  redis.call('PEXPIRE', KEYS[2], math.ceil(wait * 2 + 10000))
end
if wait > left then redis.call('SET', KEYS[1], 'rate limited', 'PX', math.ceil(wait)) end
return math.ceil(math.max(wait, left))
"""

# Counts a fault; true when the provider begins to rest by it. A probe that fails begins the next rest.
# KEYS: faults, broken, resting. ARGV: milliseconds that faults count, how many are too many, milliseconds of a rest,
# milliseconds after which a broken gate is forgotten, the reason.
FAULT = """
local faults = redis.call('INCR', KEYS[1])
if faults == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local broken = redis.call('EXISTS', KEYS[2]) == 1
if not broken and faults < tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4])
redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[3])
return broken and 0 or 1
"""

# A slot is a lease, so that one whose holder was lost becomes free by itself.
# KEYS: concurrency slots. ARGV: how many there are, the holder, milliseconds of the lease.
TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3] + 1000)
return 1
"""
