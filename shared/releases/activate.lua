-- Make a stored release live, whatever its number. The fence rises to the last number given out,
-- so that a build which began before ends as a candidate.
-- Answers 'ok', or why not: 'incomplete <key>'.
local incomplete = first_incomplete()
if incomplete then
  return 'incomplete ' .. incomplete
end
keep()
raise(FENCE, math.max(number, integer(COUNTER)))
local candidate = redis.call('GET', CANDIDATE)
if candidate then
  local is_read, found = pcall(cjson.decode, candidate)
  if is_read and found.ref and found.ref.number == number then
    redis.call('DEL', CANDIDATE)
  end
end
redis.call('SET', LIVE, pointer)
return 'ok'
