-- Make an uploaded release live, unless a newer one was published or activated meanwhile.
-- Answers 'ok', or why not: 'fenced', or 'incomplete <key>'.
-- Called again after a lost reply, it says ok again.
if redis.call('GET', LIVE) == pointer then
  return 'ok'
end
if number <= integer(FENCE) then
  return 'fenced'
end
local incomplete = first_incomplete()
if incomplete then
  return 'incomplete ' .. incomplete
end
keep()
raise(FENCE, number)
redis.call('SET', LIVE, pointer)
return 'ok'
