select profile_id
from sluice.habits
where has(sources, 'crm') and has(sources, 'web') and not has(sources, 'app')
