{# What the models of accounts have in common. #}

{# The node of an identifier of an account, whose value stands in `column` in any spelling. #}
{% macro account_node(type, column) -%}
    {{ identifier_node("'account'", "'" ~ type ~ "'", normalise_identifier('account', type, column)) }}
{%- endmacro %}

{# Deeper than any group of companies: a chain of more is a mistake, and each of its accounts would walk all of it. #}
{% macro max_account_levels() -%}{{ return(100) }}{%- endmacro %}

{# 1 for the source that knows best to which account a person belongs. #}
{% macro membership_rank(source) -%}
    indexOf(['crm_contact', 'group_call', 'email_domain'], toString({{ source }}))
{%- endmacro %}
