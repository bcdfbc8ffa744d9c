-- Grain: one row per identify call with an address at a company's domain, the first delivery of each. Key: (source, message_id). Freshness: live view
-- over the landing table. Such an address says that an account of this domain exists, whether or not a CRM or a group call knows it. Apart from
-- stg_web__events, because only identify calls are read for it. Its text is a macro, as that of stg_web__events is.
{{ collected_email_domains() }}
