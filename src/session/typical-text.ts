// What the texts of most sessions have in common, for those who compress them one by one. It names nobody.

/** Later parts are found first and cost least: what every session has stands at the end. */
export const typicalText = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  '"allowed-origins":["https://"],"realm_access":{"roles":["default-roles-","offline_access","uma_authorization"]},',
  '"resource_access":{"account":{"roles":["manage-account","manage-account-links","view-profile"]}},',
  '"jti":"","typ":"Bearer","azp":"","scope":"openid profile email groups offline_access","typ":"ID","session_state":"",',
  '"amr":["pwd","mfa"],"given_name":"","family_name":"","locale":"en","picture":"https://","updated_at":1,"tid":"","oid":"","ver":"2.0",',
  '{"id":"","identity":{"provider":"","issuer":"https://login..com/realms/","subject":"","user":"","email":"@example.com",',
  '"emailVerified":true,"name":"","groups":["","staff"],"claims":{"exp":18,"iat":18,"auth_time":18,"jti":"","iss":"https://",',
  '"aud":"sallyport","sub":"","azp":"","nonce":"","sid":"","at_hash":"","acr":"1","email_verified":true,"name":"",',
  '"preferred_username":"","email":"","groups":["',
  '"]}},"tokens":{"idToken":["{\\"alg\\":\\"RS256\\",\\"typ\\":\\"JWT\\",\\"kid\\":\\"\\"}","{\\"exp\\":18,\\"iat\\":18,\\"auth_time\\":18,\\"jti\\":\\"\\",\\"iss\\":\\"https://',
  '\\",\\"aud\\":\\"sallyport\\",\\"sub\\":\\"\\",\\"azp\\":\\"\\",\\"nonce\\":\\"\\",\\"sid\\":\\"\\",\\"at_hash\\":\\"\\",\\"acr\\":\\"1\\",\\"email_verified\\":true,\\"name\\":\\"',
  '\\",\\"preferred_username\\":\\"\\",\\"email\\":\\"\\",\\"groups\\":[\\"\\",\\"staff\\"]}","',
  '"],"accessToken":["{\\"alg\\":\\"RS256\\",\\"refreshToken":"","accessTokenExpiresAt":18,"refreshAt":18},"sid":"",',
  '"device":{"browser":"Mozilla/5.0 (","address":""},"revision":0,"startedAt":18,"seenAt":18}',
].join('')
