-- May these messages leave now? One round trip for all repeats and status messages of an alert.
--
-- ARGV[1] now in ms; ARGV[2] ms for which others may join a text; ARGV[3] ms for which what left is remembered;
-- ARGV[4] the messages as JSON, each
--   {id, about, sent, held, join, limits: [[count, ms, smooth], ...], group, reference}
-- `sent`, `held`, `join`: keys of the phone: what left (by time), what waits (by the time it may go), who takes others along.
-- Answers JSON, each {"go"}, {"go", "gather"}, {"held", ms} or {"with", id}.
local now, window, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- The first limit that a message at this time would break, and the next time at which that may have changed.
local function broken(times, at, limits)
  for i, limit in ipairs(limits) do
    local most, span, smooth = limit[1], limit[2], limit[3]
    local first, count, leaves = nil, 0, nil
    for _, time in ipairs(times) do
      if at - time < span then
        count = count + 1
        first = first or time
      end
    end
    if first then
      leaves = first + span
      if count >= most then return leaves end
      if smooth and i > 1 then
        local before, earlier = limits[i - 1][1], limits[i - 1][2]
        local over = count - before
        local pace = (span - earlier) / (most - before)
        local free = math.ceil(first + earlier + over * pace)
        if over >= 0 and at < free then return math.min(leaves, free) end
      end
    end
  end
  return nil
end

local function free_at(times, limits)
  local at = now
  while true do
    local later = broken(times, at, limits)
    if not later then return at end
    at = later
  end
end

local function decide(one)
  local carrier = redis.call('GET', 'with:' .. one.id)
  if carrier then return {'with', carrier} end
  local mine, waiting = one.id .. ' ' .. one.about, one.id .. ' ' .. one.group
  if redis.call('ZSCORE', one.sent, mine) then
    return redis.call('EXISTS', 'riders:' .. one.id) == 1 and {'go', 'gather'} or {'go'}
  end
  redis.call('ZREMRANGEBYSCORE', one.sent, '-inf', now - longest)
  local entries = redis.call('ZRANGE', one.sent, 0, -1, 'WITHSCORES')
  local times, heard = {}, false
  for i = 1, #entries, 2 do
    times[#times + 1] = tonumber(entries[i + 1])
    heard = heard or string.sub(entries[i], -#one.about - 1) == ' ' .. one.about
  end
  if heard and one.group ~= '' then
    carrier = redis.call('GET', one.join .. one.group)
    if carrier then
      redis.call('HSET', 'riders:' .. carrier, one.id, one.reference)
      redis.call('SET', 'with:' .. one.id, carrier, 'EX', 600)
      redis.call('ZREM', one.held, waiting)
      return {'with', carrier}
    end
  end
  local at = heard and free_at(times, one.limits) or now
  if at > now then
    redis.call('ZADD', one.held, at, waiting)
    redis.call('PEXPIRE', one.held, longest)
    return {'held', at}
  end
  redis.call('ZADD', one.sent, now, mine)
  redis.call('PEXPIRE', one.sent, longest)
  redis.call('ZREM', one.held, waiting)
  if one.group == '' then return {'go'} end
  redis.call('ZREMRANGEBYSCORE', one.held, '-inf', now - 60000)
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', one.held, '-inf', now + 2000)) do
    if string.sub(other, -#one.group - 1) == ' ' .. one.group then
      redis.call('SET', one.join .. one.group, one.id, 'PX', window)
      redis.call('HSET', 'riders:' .. one.id, one.id, one.reference)
      redis.call('EXPIRE', 'riders:' .. one.id, 600)
      return {'go', 'gather'}
    end
  end
  return {'go'}
end

local answers = {}
for i, one in ipairs(cjson.decode(ARGV[4])) do answers[i] = decide(one) end
return cjson.encode(answers)
