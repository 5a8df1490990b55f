# Handles orders from a Kafka topic: charges each one's card and prints a line.
# shellcheck shell=bash disable=SC2034

declare -A declined  # orders whose card was declined; lives as long as the execution environment

field() {  # the value of member $1 in the flat JSON object $2
  sed -E "s/.*\"$1\": ?\"?([^\",}]*).*/\1/" <<<"$2"
}

charge() {
  local order=$1 id
  id=$(field id "$order")
  if [ "$(field card "$order")" = declined-once ] && [ -z "${declined[$id]:-}" ]; then
    declined[$id]=yes
    error_message="order $id: the payment gateway declined the card"
    return 1
  fi
}

handler() {
  local event=$1 value order
  while read -r value; do
    order=$(base64 -d <<<"$value")
    charge "$order" || return 1
    echo "order $(field id "$order"): $(field item "$order")" \
      "for $(field customer "$order"), $(field amount "$order")"
  done < <(grep -o '"value":"[^"]*"' <<<"$event" | cut -d '"' -f 4)
}
