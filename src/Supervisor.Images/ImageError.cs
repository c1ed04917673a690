namespace Supervisor.Images;

/// <summary>What is wrong with an image: a sentence without its name.</summary>
public sealed record ImageError(string Message)
{
    public override string ToString() => Message;
}

/// <summary>Thrown inside of this room only, where a reader finds that the image's bytes make no sense; every public member turns it into an <see cref="ImageError"/>.</summary>
internal sealed class DamagedImageException(string message) : Exception(message);
