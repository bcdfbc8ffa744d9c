-- A line that is no registrable domain in lower case, such as 'mail.yahoo.com' or 'co.uk', would never be met.
select domain
from {{ ref('freemail_domains') }}
where domain != {{ registrable_domain('domain') }}
