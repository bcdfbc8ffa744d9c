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
        'role_mailbox': {'reason': 'role mailbox', 'pattern': '^(' ~ [
            'abuse', 'accounting', 'accounts', 'admin', 'administrator', 'billing', 'bounces?', 'careers', 'contact', 'customer-?(care|service)', 'do-?not-?reply', 'enquiries',
            'feedback', 'finance', 'help', 'helpdesk', 'hostmaster', 'hr', 'info', 'inquiries', 'invoices?', 'it', 'jobs', 'kontakt', 'legal', 'mail', 'mailer-daemon', 'marketing',
            'media', 'news', 'newsletter', 'no[._-]?reply', 'notifications?', 'office', 'orders?', 'postmaster', 'press', 'privacy', 'purchasing', 'reception', 'reservations',
            'returns', 'root', 'sales', 'security', 'service', 'shop', 'spam', 'subscribe', 'support', 'team', 'unsubscribe', 'webmaster',
        ] | join('|') ~ ')([+][^@]*)?@'},
        'freemail': {'reason': 'mailbox provider', 'words': [
            'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bluewin.ch', 'bol.com.br', 'btinternet.com', 'charter.net', 'comcast.net', 'cox.net', 'daum.net', 'duck.com', 'earthlink.net',
            'email.com', 'fastmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de',
            'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.lv', 'laposte.net', 'libero.it', 'live.co.uk', 'live.com', 'live.fr', 'live.nl', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com',
            'naver.com', 'o2.pl', 'onet.pl', 'optonline.net', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com',
            'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'shaw.ca', 'sina.com', 'sky.com', 't-online.de', 'terra.com.br', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'wanadoo.fr', 'web.de', 'wp.pl',
            'ya.ru', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.ru', 'ymail.com', 'ziggo.nl', 'zoho.com',
            '126.com', '139.com', '163.com',
        ]},
        'reserved_domain': {'reason': 'reserved domain', 'pattern': '[.@](example[.](com|net|org)|example)$'},
    }) }}
{%- endmacro %}
