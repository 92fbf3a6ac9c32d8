// The people of the demo's identity provider. Nobody has a password: this provider believes what it is told.

export type Person = {
  readonly login: string
  readonly name: string
  readonly groups: readonly string[]
  /** What to expect of signing in as them. */
  readonly note: string
}

export const people: readonly Person[] = [
  { login: 'ann', name: 'Ann Archer', groups: ['staff', 'sre'], note: 'may go everywhere' },
  { login: 'bob', name: 'Bob Barber', groups: ['staff'], note: 'may use the application' },
  { login: 'eve', name: 'Eve Everett', groups: ['guest'], note: 'is turned away' },
]

export const personCalled = (login: string): Person | undefined => people.find(person => person.login === login)

/** Standard claims (OpenID Connect Core 5.1) and the groups that most providers add. */
export const claimsOf = ({ login, name, groups }: Person): Readonly<Record<string, unknown>> => ({
  sub: login,
  preferred_username: login,
  name,
  email: `${login}@example.com`,
  email_verified: true,
  groups,
})
