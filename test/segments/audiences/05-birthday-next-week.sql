-- Asked in the last week of February of a year without a 29th.
select profile_id
from sluice.profiles
where formatDateTime(birthday_on, '%m-%d') in ('02-25', '02-26', '02-27', '02-28', '02-29', '03-01', '03-02', '03-03')
  and toYear(birthday_on) < 2026
