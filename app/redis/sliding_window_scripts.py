"""The scripts of the sliding window, which Redis runs as one step each."""

# Each operation has a key and an argument: operation, limit, window in microseconds and slot, with blanks between them.
# The answer is one text, which is sooner read than a list of lists, with three numbers for each operation: whether it
# is allowed, requests in the window, microseconds until one leaves. Redis' own clock decides, so those of the API's
# machines do not matter. Scores are microseconds since 1970, exact in a double until 2255.
CHECK = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i = 1, #KEYS do
  local key = KEYS[i]
  local what, limit, window, slot = string.match(ARGV[i], '^(%S+) (%S+) (%S+) (.*)$')
  limit, window = tonumber(limit), tonumber(window)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
  if what == 'give_back' then redis.call('ZREM', key, slot) end
  local used = redis.call('ZCARD', key)
  local allowed = used < limit
  if what == 'take' and allowed then
    redis.call('ZADD', key, string.format('%.0f', now), slot)
    redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
    used = redis.call('ZCARD', key)
  end
  local leaver = math.max(0, used - limit)
  local oldest = redis.call('ZRANGE', key, leaver, leaver, 'WITHSCORES')
  local wait = 0
  if oldest[2] then wait = math.max(0, oldest[2] + window - now) end
  answers[i] = string.format('%d %d %.0f', allowed and 1 or 0, used, wait)
end
return table.concat(answers, ' ')
"""

# KEYS: a log for each entry. ARGV: for each entry the microseconds since it was accepted, its window, its slot.
RESTORE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #KEYS do
  local age, window, slot = ARGV[i * 3 - 2], tonumber(ARGV[i * 3 - 1]), ARGV[i * 3]
  redis.call('ZADD', KEYS[i], string.format('%.0f', now - age), slot)
  redis.call('PEXPIRE', KEYS[i], math.ceil(window / 1000) + 1000)
end
"""
# KEYS: the processes that limit. ARGV: this process, seconds that it counts. Returns how many there are.
REGISTER = """
local now = redis.call('TIME')[1]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""
