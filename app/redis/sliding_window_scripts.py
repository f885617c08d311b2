"""The scripts of the sliding window, which Redis runs as one step each."""

# Each operation has a key and an argument: operation, limit, window in microseconds, slot and counter, with blanks
# between them; slot and counter may be empty. A counter is a hash of the days since 1970, each with what was accepted
# and, after an r, what was refused; a peek that finds no room refuses what would have been taken after it.
# The answer is one text, which is sooner read than a list of lists, with three numbers for each operation: whether it
# is allowed, requests in the window, microseconds until one leaves. Redis' own clock decides, so those of the API's
# machines do not matter. Scores are microseconds since 1970, exact in a double until 2255.
CHECK = """
local function count(counter, now, allowed)
  local today = math.floor(now / 86400000000)
  if redis.call('HINCRBY', counter, allowed and today or 'r' .. today, 1) > 1 then return end
  -- The first of a day: the days that nobody is shown any more go.
  for _, field in ipairs(redis.call('HKEYS', counter)) do
    if tonumber(string.match(field, '%d+')) <= today - 31 then redis.call('HDEL', counter, field) end
  end
  redis.call('EXPIRE', counter, 31 * 86400)
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i = 1, #KEYS do
  local key = KEYS[i]
  local what, limit, window, slot, counter = string.match(ARGV[i], '^(%S+) (%S+) (%S+) (%S*) (%S*)$')
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
  if counter ~= '' and (what == 'take' or what == 'peek' and not allowed) then count(counter, now, allowed) end
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

# KEYS: counters. ARGV: their fields. Returns the numbers of each counter, as one text.
COUNTS = """
local numbers = {}
for i = 1, #KEYS do
  for _, number in ipairs(redis.call('HMGET', KEYS[i], unpack(ARGV))) do numbers[#numbers + 1] = number or '0' end
end
return table.concat(numbers, ' ')
"""
