\\ W1 and W2 of benchmarks/problems.cpp in PARI/GP: power series to order K by Picard iteration with growing length, steps from the last coefficients.
\\ Called with D (digits), last (the end of time) and which set.
default(realprecision, D + 10);
K = floor(1.15*D) + 1;
X1 = [1,2,-1,0,1,1,-2,1; 0,1,1,2,-1,1,0,1; 1,0,1,-1,1,0,2,1]; Y1 = [1,2,-1]~;
f1(y) = { my(u = y[1..8], v = y[9..16], r, g);
  r = X1*vector(8, j, u[j]*v[j])~ - Y1; g = X1~*r;
  concat(vector(8, j, -g[j]*v[j]), vector(8, j, -g[j]*u[j])) };
X2 = [2,1,0,1; 1,2,1,0; 1,0,2,1; 0,1,1,2; 2,-1,1,1; 1,1,-1,2];
f2(y) = { my(A = matrix(4, 4, i, j, y[4*i+j-4]), B = matrix(4, 4, i, j, y[16+4*i+j-4]), c = y[33..36], cB, e, g, gA, h, gB, gc);
  cB = c*B; e = vector(6, i, exp(-(cB*A)*X2[i,]~)); g = e*X2;
  gA = matrix(4, 4, i, j, cB[i]*g[j]); h = A*g~; gB = matrix(4, 4, i, j, c[i]*h[j]); gc = (B*h)~;
  concat([vector(16, k, gA[(k-1)\4+1, (k-1)%4+1]), vector(16, k, gB[(k-1)\4+1, (k-1)%4+1]), gc]) };
f(y) = if(which == 1, f1(y), f2(y));
y = if(which == 1, concat(vector(8, j, 1/10.), vector(8, j, 1/20.)), \
  concat([vector(16, k, my(i = (k-1)\4, j = (k-1)%4); (if(i == j, 5, 0) + (3*i+5*j)%7 - 3)/10.), vector(16, k, my(i = (k-1)\4, j = (k-1)%4); (if(i == j, 5, 0) + (2*i+3*j+1)%7 - 3)/10.), [3,-1,2,4]/10.]));
t = 0.; steps = 0;
while(t < last, \
  s = apply(c -> c + O('x), y); \
  for(k = 1, K, F = f(s); s = vector(#y, i, y[i] + sum(j = 1, k, polcoef(F[i], j-1)/j*'x^j) + O('x^(k+1)))); \
  h = last - t; \
  for(i = 1, #y, for(k = K-1, K, c = abs(polcoef(s[i], k)); if(c > 0, h = min(h, (10.^-D*max(abs(y[i]), 1e-3)/c)^(1/k))))); \
  y = vector(#y, i, subst(truncate(s[i]), 'x, h)); t += h; steps++);
print(steps, " ", y[1]);
