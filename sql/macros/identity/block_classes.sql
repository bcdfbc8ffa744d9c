{# The built-in classes of `block.classes`; docs/identity-rules.md lists what each is for. `words` are whole values, `pattern` is RE2. #}

{% macro default_block_classes() -%}
    {{ return(['placeholder', 'zeros']) }}
{%- endmacro %}

{% macro block_classes() -%}
    {{ return({
        'placeholder': {'reason': 'placeholder', 'words': [
            'null', '(null)', 'none', 'nil', 'nan', 'n/a', '#n/a', 'n.a.', 'na', 'undefined', 'unknown', 'anonymous', 'guest', 'test', 'user',
            'default', 'empty', 'missing', 'true', 'false', '[object object]', '(not set)', '(none)', 'not provided', '-1', '-', '--', '?', 'xxx',
        ]},
        'zeros': {'reason': 'zeros', 'pattern': '^[+]?[0\\-\\s.]+$'},
        'repeated_digits': {'reason': 'repeated digits', 'pattern': '1{7}|2{7}|3{7}|4{7}|5{7}|6{7}|7{7}|8{7}|9{7}|123456789'},
        'test_address': {'reason': 'test address', 'pattern': '^(' ~ [
            'test', 'tests', 'test[._+-]?[0-9]+', 'testing', 'tester', 'testuser', 'test[._-]user', 'example', 'sample', 'dummy', 'fake', 'asdf+', 'qwerty', 'null', 'none',
            'nil', 'nan', 'undefined', 'unknown', 'anonymous', 'nobody', 'noone', 'no-?e?mail', 'not[._-]?provided', 'xxx+',
        ] | join('|') ~ ')@|@test[.]|[.@](test|invalid|localhost|localdomain)$'},
        'unread_mailbox': {'reason': 'unread mailbox', 'pattern': '^(' ~ [
            'bounces?', 'devnull', 'do[._-]?not[._-]?reply', 'mailer-daemon', 'no[._-]?reply', 'notifications?', 'unsubscribe',
        ] | join('|') ~ ')([+][^@]*)?@'},
        'role_mailbox': {'reason': 'role mailbox', 'pattern': '^(' ~ [
            'abuse', 'accounting', 'accounts', 'admin', 'administrator', 'billing', 'careers', 'contact', 'customer-?(care|service)', 'enquiries',
            'feedback', 'finance', 'help', 'helpdesk', 'hostmaster', 'hr', 'info', 'inquiries', 'invoices?', 'it', 'jobs', 'kontakt', 'legal', 'mail', 'marketing',
            'media', 'news', 'newsletter', 'office', 'orders?', 'postmaster', 'press', 'privacy', 'purchasing', 'reception', 'reservations',
            'returns', 'root', 'sales', 'security', 'service', 'shop', 'spam', 'subscribe', 'support', 'team', 'webmaster',
        ] | join('|') ~ ')([+][^@]*)?@'},
        'reserved_domain': {'reason': 'reserved domain', 'pattern': '[.@](example[.](com|net|org)|example)$'},
    }) }}
{%- endmacro %}
