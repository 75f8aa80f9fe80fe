-- Put an imported release among the stored ones; it goes live where nothing is.
-- New numbers are above it. Where it goes live, a build that began before ends as a candidate.
-- Answers 'ok', or why not: 'incomplete <key>'.
local incomplete = first_incomplete()
if incomplete then
  return 'incomplete ' .. incomplete
end
keep()
raise(COUNTER, number)
if redis.call('EXISTS', LIVE) == 0 then
  raise(FENCE, math.max(number, integer(COUNTER)))
  redis.call('SET', LIVE, pointer)
end
return 'ok'
