using System.Runtime.InteropServices;

namespace GpuPerceptron.Cli;

/// <summary>
/// Turns the first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed) into a cancellation; the second ends the process as usual. A file beyond <c>ulimit -f</c> is a write that fails, and not the process's end.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const PosixSignal FileTooLarge = (PosixSignal)25; // SIGXFSZ

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        .. OperatingSystem.IsWindows() ? (PosixSignalRegistration[])[] : [PosixSignalRegistration.Create(FileTooLarge, signal => signal.Cancel = true)],
    ];

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested) return;
        signal.Cancel = true; // the process lives on until the command has ended
        _source.Cancel();
    }
}
