-- Make an uploaded release live, all or nothing.
-- KEYS: fence, live pointer, kept releases, manifest, chunk...
-- ARGV: number, pointer JSON, manifest size, chunk size...
-- Answers 'ok', or why not: 'fenced', or 'incomplete <key>'.
-- Called again after a lost reply, it says ok again.
if redis.call('GET', KEYS[2]) == ARGV[2] then
  return 'ok'
end
local number = tonumber(ARGV[1])
if number <= tonumber(redis.call('GET', KEYS[1]) or '0') then
  return 'fenced'
end
for i = 4, #KEYS do
  if redis.call('STRLEN', KEYS[i]) ~= tonumber(ARGV[i - 1]) then
    return 'incomplete ' .. KEYS[i]
  end
end
for i = 4, #KEYS do
  redis.call('PERSIST', KEYS[i])
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[3], number, ARGV[2])
redis.call('SET', KEYS[2], ARGV[2])
return 'ok'
