{#
    The built-in classes of `block.classes`; docs/identity-rules.md lists what each is for. `words` are whole values, `pattern` is RE2; both see the
    value in small letters (compatible forms as one, without space around it), words also without quotes and brackets around it. What matches `unless` is
    let through: an id may look odd and be one.
#}

{% macro default_block_classes() -%}
    {{ return(['placeholder', 'template', 'zeros']) }}
{%- endmacro %}

{% macro block_classes() -%}
    {{ return({
        'placeholder': {'reason': 'placeholder', 'words': sluice.placeholder_words(), 'words_of_other_languages': sluice.placeholder_words_of_other_languages(), 'pattern': [
            '^[[:punct:]\\s]+$', '^x{2,}[xy0-9-]*$', '^(' ~ [
                '(your|my|the|an?|some|insert|enter|replace|add|put|set)?[ _.-]*(user|visitor|customer|client|account|member|contact|anonymous|anon|device|session|profile|person|subscriber|external|distinct|loyalty|card|cookie)?[ _.-]*(id|uid|uuid|guid|identifier|id[ _-]?number)([ _-]*here)?',
                '(user|visitor|customer|client|account|member|contact|anonymous|anon|guest|device|uid|id)[ _.:/|#=-]+(null|undefined|none|nan|nil|unknown)',
            ] | join('|') ~ ')$',
        ] | join('|')},
        'template': {'reason': 'unfilled template', 'pattern': sluice.template_patterns() | join('|'), 'unless': '^[{(\\[]?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}[)}\\]]?$'},
        'zeros': {'reason': 'zeros', 'pattern': '^[+({\\[]?(0x)?[0\\-\\s.:]+[)}\\]]?$|^[({\\[]?f{8}-?(f{4}-?){3}f{12}[)}\\]]?$'},
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

{# What people and programs write when they have no value. #}
{% macro placeholder_words() -%}
    {{ return([
        'null', 'none', 'nil', 'nan', 'n/a', '#n/a', 'n.a.', 'na', 'not applicable', 'not available', 'not set', 'not specified', 'not provided', 'not given', 'not known',
        'not found', 'not defined', 'unset', 'unspecified', 'undefined', 'unknown', 'unknown user', 'unbekannt', 'anonymous', 'anonymous user', 'anon', 'guest',
        'guest user', 'nobody', 'noone', 'no one', 'no id', 'no name', 'no value', 'no data', 'no user', 'test', 'tests', 'testing', 'test user', 'testuser', 'user', 'default', 'empty', 'missing', 'dummy',
        'placeholder', 'example', 'tbd', 'true', 'false', 'string', 'number', 'integer', 'boolean', 'object', 'error', 'infinity', '-infinity', '-1', 'xxx', 'optional(nil',
        '9774d56d682e549c', '02:00:00:00:00:00', '123e4567-e89b-12d3-a456-426614174000', '12345678-1234-1234-1234-123456789012', '012345678912345',
    ]) }}
{%- endmacro %}

{# The same in other languages, where the word cannot be a name. #}
{% macro placeholder_words_of_other_languages() -%}
    {{ return([
        'kein', 'keine', 'keine angabe', 'nicht angegeben', 'nicht gesetzt', 'nicht definiert', 'anonym', 'gast', 'inconnu', 'inconnue', 'aucun', 'aucune', 'anonyme', 'invité', 'non renseigné', 'non défini',
        'non applicable', 'desconocido', 'desconocida', 'ninguno', 'ninguna', 'anónimo', 'anonimo', 'anónima', 'invitado', 'no definido', 'no disponible', 'no aplica', 'sin nombre', 'sin valor',
        'desconhecido', 'desconhecida', 'nenhum', 'nenhuma', 'anônimo', 'convidado', 'não definido', 'indefinido', 'sconosciuto', 'sconosciuta', 'nessuno', 'anonimo', 'ospite', 'non definito',
        'onbekend', 'geen', 'anoniem', 'okänd', 'ingen', 'ukendt', 'ukjent', 'tuntematon', 'nieznany', 'nieznana', 'nieznane', 'brak danych', 'anonimowy', 'gość', 'neznámý', 'neznámá', 'neznáme', 'anonymní',
        'ismeretlen', 'névtelen', 'necunoscut', 'anonim', 'nepoznato', 'nepoznat', 'непознат', 'неизвестно', 'неизвестный', 'неизвестен', 'неизвестная', 'анонимно', 'аноним', 'анонимный', 'гость',
        'не указано', 'не указан', 'не задано', 'нет данных', 'невідомо', 'невідомий', 'анонім', 'гість', 'άγνωστο', 'άγνωστος', 'ανώνυμος', 'bilinmiyor', 'bilinmeyen', 'misafir',
        '未知', '未知の', '不明', '匿名', '匿名用户', '匿名用戶', '游客', '遊客', '访客', '訪客', '未定义', '未定義', '未设置', '未設定', '未登录', '无', '無', '空', '測試', '测试', '名無し', 'なし', 'ゲスト', 'テスト',
        '알 수 없음', '알수없음', '익명', '게스트', '없음', '미상', '테스트', 'غير معروف', 'مجهول', 'ضيف', 'לא ידוע', 'אנונימי', 'אורח', 'ไม่ทราบ', 'ไม่ระบุ', 'ผู้เยี่ยมชม', 'không rõ', 'không xác định', 'ẩn danh', 'khách', 'tidak diketahui',
        'अज्ञात', 'अतिथि', 'nežinoma', 'nezināms', 'tundmatu', 'neznano', 'i panjohur',
    ]) }}
{%- endmacro %}

{#
    Texts that a template, a mail merge or a program leaves when a value was not filled in. Double marks are refused anywhere in a value, single ones
    around a word without digits: `{userId}` is a placeholder and `{3F2504E0-4F89-11D3-9A0C-0305E82C3301}` an id.
#}
{% macro template_patterns() -%}
    {#- one word for all marks, and letters as what they are not: with classes of Unicode in each, the expression would be a hundred times slower -#}
    {#- a mark before the name of a field: `$userId`. `@id` and `$device` may be real values, as may any other word -#}
    {%- set owner = '(user|visitor|customer|client|account|member|contact|anonymous|anon|device|session|profile|person|subscriber|external|distinct|loyalty|card|cookie)[._-]?' -%}
    {%- set word = '[a-z\\x{80}-\\x{10ffff}][a-z\\x{80}-\\x{10ffff} _.-]*[0-9]?' -%}
    {{ return(sluice.unfilled_patterns() + [
        '^([{<^]|\\[|%|@@?|#{1,3}|__|\\*\\*?|\\|\\|?|!!?|~~)' ~ word ~ '([}>^]|\\]|%|@@?|#{1,3}|__|\\*\\*?|\\|\\|?|!!?|~~)$',
        '<<[^<>]*>>', '\\(\\([^()]*\\)\\)', '%7b%7b', '%24%7b', '%3c%25', '%5b%5b', '^\\{[0-9]{0,2}\\}$', '^@(model|viewbag|html)[.]',
        '^[$]\\(.+\\)$',
        '^([$:%](' ~ owner ~ ')*|@(' ~ owner ~ ')+)(id|uid|uuid|guid|identifier|e[_-]?mail|phone)$', '^%([0-9]+[$])?[sdiufx@]$', '^:([a-z]+_)?id$', '^#<', '^<.* object at 0x[0-9a-f]+>$', '^promise \\{', '^symbol\\(', '^system[.](object|string)',
        '^(null|undefined|nan|none|nil)([\\s_.,:;/|@-]+(null|undefined|nan|none|nil))+$',
    ]) }}
{%- endmacro %}

{# Those of them that are no part of any value, whatever it is a value of. #}
{% macro unfilled_patterns() -%}
    {{ return([
        '\\{\\{', '\\{%', '[$#@%]\\{', '<%', '<\\?', '&lt;%', '%%[^%]+%%', '\\*\\|[^|]*\\|\\*', '\\[\\[[^\\[\\]]*\\]\\]',
        '\\[object [a-z]+\\]', '^(async )?function\\s*[a-z0-9_$]*\\s*\\(', '^\\(?[a-z_$, ]*\\)?\\s*=>', '\\[native code\\]', '^class [a-z_$]+[^{]*\\{',
        '^(null|undefined)([\\s_.,:;/|@-]*(null|undefined))+$',
    ]) }}
{%- endmacro %}

{# SQL condition: the text is an unfilled placeholder. For facts such as a name, where nothing else is refused. #}
{% macro is_unfilled(value) -%}
    (lower({{ value }}) in ('null', 'undefined') or match(lower({{ value }}), {{ sluice.sql_text(sluice.unfilled_patterns() | join('|')) }}))
{%- endmacro %}

{# The same for free text, in which such marks may stand among others: the whole of it is one mark that was left unfilled. #}
{% macro is_only_unfilled(value) -%}
    match(lower(trimBoth({{ value }})), {{ sluice.sql_text('^(' ~ [
        'null', 'undefined', '\\{\\{[^{}]*\\}\\}', '\\{%[^{}]*%\\}', '[$#@%]\\{[^{}]*\\}', '<%[^<>]*%>', '%%[^%]+%%', '\\*\\|[^|]*\\|\\*', '\\[object [a-z]+\\]',
    ] | join('|') ~ ')$') }})
{%- endmacro %}
