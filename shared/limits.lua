-- Lease tokens from the buckets of some callers, by the server's clock.
-- KEYS: bucket...
-- ARGV: for each bucket its rate a second, its burst, tokens owed, tokens wanted.
-- Answers for each bucket: tokens granted, milliseconds until there is another.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local answer = {}
for i = 1, #KEYS do
  local rate, burst = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local owed, wanted = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local state = redis.call('HMGET', KEYS[i], 'tokens', 'at')
  -- A clock that was set back gives nothing, and counts on from there.
  local passed = math.max(0, now - tonumber(state[2] or now))
  local tokens = math.min(burst, tonumber(state[1] or burst) + passed * rate) - owed
  local granted = math.max(0, math.min(wanted, math.floor(tokens)))
  tokens = tokens - granted
  redis.call('HSET', KEYS[i], 'tokens', string.format('%.6f', tokens),
    'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[i], math.ceil((burst - tokens) / rate * 1000) + 1000)
  answer[2 * i - 1] = granted
  answer[2 * i] = math.max(0, math.ceil((1 - tokens) / rate * 1000))
end
return answer
