import { afterEach, expect, test, vi } from 'vitest';
import { onStopSignal } from './signals.ts';

afterEach(() => void vi.useRealTimers());

test('a signal that only repeats the first ends nothing; a later one ends the process at once', () => {
  vi.useFakeTimers();
  const [stop, end] = [vi.fn(), vi.fn()];
  const before = process.listenerCount('SIGTERM');
  const letGo = onStopSignal(stop, end);
  process.emit('SIGTERM');
  vi.advanceTimersByTime(50);
  process.emit('SIGTERM');
  expect(stop).toHaveBeenCalledTimes(1);
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  process.emit('SIGTERM');
  expect(end.mock.calls).toEqual([[143]]);
  expect(stop).toHaveBeenCalledTimes(1);
  letGo();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
