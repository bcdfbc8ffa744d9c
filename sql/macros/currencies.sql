{# Which money it is. Amounts of two currencies are never added: 100 EUR and 10,000 JPY are not 10,100 of anything. #}

{# Text as people and sites write a currency → its code of ISO 4217; '' when it is none, or could be several (`$`, `kr`). #}
{% macro currency_of(text) -%}
    arrayMap(
        written -> multiIf(
            written in ({{ sluice.sql_texts(sluice.iso_currencies()) }}), written,
            transform(
                written,
                ['€', '£', '₹', '₽', '₩', '₪', '₺', '₴', '₫', '₦', '฿', 'US$', 'CA$', 'AU$', 'NZ$', 'HK$', 'R$'],
                ['EUR', 'GBP', 'INR', 'RUB', 'KRW', 'ILS', 'TRY', 'UAH', 'VND', 'NGN', 'THB', 'USD', 'CAD', 'AUD', 'NZD', 'HKD', 'BRL'],
                ''
            )
        ),
        [upper(trimBoth({{ text }}))]
    )[1]
{%- endmacro %}

{# Whether an amount with `sign` beside it may be one in `currency`; no sign says nothing against it, and '' is an unknown currency. #}
{% macro is_in_currency(sign, currency) -%}
    arrayExists(
        sign -> multiIf(
            sign = '', true,
            sign = '$', {{ currency }} in ('', 'USD', 'CAD', 'AUD', 'NZD', 'HKD', 'SGD', 'TWD', 'MXN', 'ARS', 'CLP', 'COP'),
            sign = '¥', {{ currency }} in ('', 'JPY', 'CNY'),
            {{ sluice.currency_of('sign') }} != '' and {{ currency }} in ('', {{ sluice.currency_of('sign') }})
        ),
        [{{ sign }}]
    )
{%- endmacro %}

{# The currency that an amount names itself, as `12.50 EUR` does; '' for none. #}
{% macro currency_beside(amount) -%}
    {{ sluice.currency_of("extract(" ~ amount ~ ", '([A-Za-z]{3}|[A-Z]{0,2}\\\\p{Sc})')") }}
{%- endmacro %}

{# The currencies in circulation: https://www.six-group.com/en/products-services/financial-information/data-standards.html (2026). #}
{% macro iso_currencies() -%}
    {{ return((
        'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP '
        ~ 'CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK '
        ~ 'JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN '
        ~ 'NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC '
        ~ 'SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
    ).split(' ')) }}
{%- endmacro %}
