-- What publish.lua, activate.lua and import.lua begin with.
-- KEYS: fence, counter, live pointer, kept releases, candidate, manifest, chunk...
-- ARGV: number, pointer JSON, manifest size, chunk size...
-- Nothing is written before all is checked, so each script does everything or nothing.
local FENCE, COUNTER, LIVE, KEPT, CANDIDATE, MANIFEST = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], 6
local number, pointer = tonumber(ARGV[1]), ARGV[2]

local function integer(key)
  return tonumber(redis.call('GET', key) or '0')
end

local function first_incomplete()
  for i = MANIFEST, #KEYS do
    if redis.call('STRLEN', KEYS[i]) ~= tonumber(ARGV[i - MANIFEST + 3]) then
      return KEYS[i]
    end
  end
end

-- Begins with PERSIST, which a full server allows; after the first write it allows the rest.
local function keep()
  for i = MANIFEST, #KEYS do
    redis.call('PERSIST', KEYS[i])
  end
  redis.call('ZREMRANGEBYSCORE', KEPT, number, number)
  redis.call('ZADD', KEPT, number, pointer)
end

local function raise(key, least)
  if integer(key) < least then
    redis.call('SET', key, string.format('%d', least))
  end
end
