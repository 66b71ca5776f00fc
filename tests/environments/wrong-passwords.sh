# The passwords of the test customers in the environment are not those of the bank.
about='wrong passwords of the customers'
filter=onboarding/
expected_exit=3
expected_message="is the customer's \`login\` right\?"
expected_in_each="is the customer's \`login\` right\?"

adjust() {
  sed -i 's/throw-away-\(alice\|bob\|carol\|dora\|erin\)/mistaken-\1/' "$environment"
}
